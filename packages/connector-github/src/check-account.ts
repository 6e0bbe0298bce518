import type { CheckResult, Context } from '@millrace/core'
import type { z } from 'zod'
import { viewerOperation } from './api/repositories.graphql.ts'
import { askGithub, type Query } from './github-client.ts'
import type { GithubConfig } from './github-options.ts'

const viewer = viewerOperation.data.pick({ viewer: true })

export const VIEWER_QUERY: Query<z.output<typeof viewer>> = {
  purpose: 'ask GitHub who we are',
  text: viewerOperation.text,
  variables: {},
  data: viewer,
  points: 1,
}

/**
 * Who am I? What may be read shows when the repositories are listed: asking here would cost as much as a run without changes.
 *
 * @throws UNAUTHORIZED with what to do
 */
export async function checkAccount(ctx: Context<GithubConfig>): Promise<CheckResult> {
  const { data } = await askGithub(ctx, VIEWER_QUERY)
  return { account: data.viewer.login }
}
