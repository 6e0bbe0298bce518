import { type Context, isMillraceError } from '@millrace/core'
import { jiraClient } from './jira-client.ts'
import type { JiraConfig } from './jira-options.ts'
import { issuesCondition } from './updated-window.ts'

/** Issues of a project by when they were created: from the start of one day, up to that of another. Null: without an end. */
export interface Slice {
  readonly created_from: string | null
  readonly created_before: string | null
}

const DAY_MS = 86_400_000
/** No Jira is older. */
const FIRST_DAY = Date.UTC(2000, 0, 1)
/** A power of two, so that halves of halves are whole days, and the same ones whenever a project is cut. Reaches to 2044. */
const DAYS = 2 ** 14

/**
 * Cuts a project of very many issues into slices of about the size that the settings say, none of which leaves an issue out:
 * days follow each other, and the first and the last slice are open. Costs about two requests per slice.
 *
 * Days begin when they do in the time zone of the account, for both slices that meet there.
 *
 * @returns nothing where the project is to be read as a whole
 */
export async function slicesOfProject(projectId: string, ctx: Context<JiraConfig>): Promise<readonly Slice[]> {
  const { config, signal } = ctx
  const most = config.issuesPerSlice
  if (most === 0) return []
  const client = jiraClient(ctx)
  const count = async (from: number | null, before: number | null): Promise<number> => {
    signal.throwIfAborted()
    const scope = {
      projectId,
      createdFrom: from === null ? null : dayOf(from),
      createdBefore: before === null ? null : dayOf(before),
    }
    return (await client.approximateCount(issuesCondition(scope, undefined, config.jql))).body.count
  }
  const cut = async (from: number, before: number, issues: number): Promise<readonly number[]> => {
    if (issues <= most || before - from === 1) return []
    const middle = (from + before) / 2
    const earlier = await count(from === 0 ? null : from, middle)
    const later = Math.max(0, issues - earlier)
    const left = await cut(from, middle, earlier)
    const right = await cut(middle, before, later)
    return [...left, ...(earlier > 0 && later > 0 ? [middle] : []), ...right]
  }
  const all = await count(null, null).catch((error) => {
    // Where counting is closed, a project is read as a whole.
    if (!isMillraceError(error) || error.code !== 'HTTP_STATUS') throw error
    return 0
  })
  const borders = await cut(0, DAYS, all)
  if (borders.length === 0) return []
  const ends = [null, ...borders.map(dayOf), null]
  return ends.slice(1).map((created_before, index) => ({ created_from: ends[index] ?? null, created_before }))
}

function dayOf(day: number): string {
  return new Date(FIRST_DAY + day * DAY_MS).toISOString().slice(0, 10)
}
