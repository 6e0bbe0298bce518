import type { Context, Page, Spawn } from '@millrace/core'
import { z } from 'zod'
import { jiraClient } from './jira-client.ts'
import type { JiraConfig } from './jira-options.ts'
import { losesItsPlace } from './page-tokens.ts'

/** A body of our own in place of a page: the project went out of sight before all of it was read. */
export const outOfSight = z.strictObject({ out_of_sight: z.literal(true), issues: z.undefined().optional() })

/**
 * Pages of a project's issues. One that was deleted, archived or hidden since its unit was planned is refused like a bad query,
 * in the language of the account: then the list of projects tells. Such a unit ends there with a note. Its next window begins
 * where this one does, and whether anything is deleted is for the census of a run that sees the project.
 *
 * @param spawn what is done then for issues whose window is not kept
 */
export async function* whileInSight<Cursor>(
  projectId: string,
  ctx: Context<JiraConfig>,
  pages: AsyncIterable<Page<Cursor>>,
  spawn: readonly Spawn[] = [],
): AsyncGenerator<Page<Cursor>, void, undefined> {
  try {
    yield* pages
  } catch (error) {
    if (!losesItsPlace(error) || (await isInSight(projectId, ctx))) throw error
    ctx.warn({
      about: 'Projects out of sight',
      message:
        `Project ${projectId} was deleted, archived or hidden while its issues were to be read, so what was read before stays as it ` +
        'is. What is missing is read when the account may browse it again.',
      facts: { project: projectId },
    })
    const body: z.input<typeof outOfSight> = { out_of_sight: true }
    yield { body: JSON.stringify(body), next: null, keepsWatermark: true, spawn }
  }
}

/** Whether the account may browse the issues of a project now. */
async function isInSight(projectId: string, ctx: Context<JiraConfig>): Promise<boolean> {
  const search = { startAt: 0, maxResults: 1, status: ['live'], ids: [projectId] } as const
  const { body } = await jiraClient(ctx).projects(search)
  return body.values.length > 0
}
