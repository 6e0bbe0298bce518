import type { Context } from '@millrace/core'
import { z } from 'zod'
import { repositories } from './entities/repositories.ts'
import type { GithubConfig } from './github-options.ts'
import { wanted } from './visible-repositories.ts'

export interface WantedRepository {
  readonly repository_id: string
  readonly name_with_owner: string
  /** As the list of repositories showed them. */
  readonly latest_update: string | null
  readonly open: number
}

/** A stored repository, whatever the loader made of its values. */
const stored = z.looseObject({
  external_id: z.string(),
  name_with_owner: z.string(),
  is_archived: z.boolean(),
  is_fork: z.boolean(),
  topics: z.array(z.string()),
  latest_pr_updated: z.coerce.date().nullable(),
  open_prs: z.coerce.number(),
})

/** The loaded repositories that the settings ask for; the step must read `repositories`. */
export async function* wantedRepositories(
  ctx: Context<GithubConfig>,
): AsyncGenerator<WantedRepository, void, undefined> {
  for await (const rows of ctx.rows(repositories)) {
    for (const row of rows) {
      const found = stored.parse(row)
      const { name_with_owner: nameWithOwner, is_archived: isArchived, is_fork: isFork, topics } = found
      if (!wanted(ctx.config, { nameWithOwner, isArchived, isFork, topics })) continue
      yield {
        repository_id: found.external_id,
        name_with_owner: nameWithOwner,
        latest_update: found.latest_pr_updated?.toISOString() ?? null,
        open: found.open_prs,
      }
    }
  }
}
