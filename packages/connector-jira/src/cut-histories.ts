import { type Context, MillraceError } from '@millrace/core'
import { z } from 'zod'
import { changelogPage, type IssueEnvelope, issueHistory, type JiraIssue } from './api/issue-api.ts'
import { identityOf } from './api/lenient.ts'
import { type JiraClient, jiraClient } from './jira-client.ts'
import type { JiraConfig } from './jira-options.ts'
import { unlessGone } from './optional-api.ts'
import { tokenGuard } from './page-tokens.ts'

/** A body of our own in front of histories that were asked for apart from their issues: whose they are. */
export const historyIndex = z.strictObject({
  histories_of: z.array(z.string()),
  issues: z.undefined().optional(),
})

/** A body of histories that were asked for apart from their issues. */
export const historyBody = z.union([issueHistory, changelogPage])

/**
 * The complete histories of those issues whose page may hold only the latest entries, as received: on Cloud from the bulk
 * endpoint to its last page, where issues without any are absent; on Data Center, which embeds them whole, from the issue
 * itself if a search should not.
 */
export async function readCutHistories(
  issues: readonly IssueEnvelope[],
  ctx: Context<JiraConfig>,
): Promise<readonly (string | Uint8Array)[]> {
  const onCloud = ctx.config.deployment === 'cloud'
  const cut = issues.filter((issue) => !issue.hasCountedHistory || (onCloud && !issue.hasShortHistory))
  if (cut.length === 0) return []
  const ids = cut.map(({ id }) => id)
  const client = jiraClient(ctx)
  const pages = onCloud ? await bulkHistories(ids, client) : await historiesOneByOne(ids, client)
  const index: z.output<typeof historyIndex> = { histories_of: ids }
  return [JSON.stringify(index), ...pages]
}

async function bulkHistories(issueIds: readonly string[], client: JiraClient): Promise<readonly Uint8Array[]> {
  const guard = tokenGuard('read the history of issues')
  const pages: Uint8Array[] = []
  for (let nextPageToken: string | undefined; ; ) {
    const { bytes, body } = await client.changelogs({ issueIds, nextPageToken })
    pages.push(bytes)
    if (body.nextPageToken === null) return pages
    guard(body.nextPageToken)
    nextPageToken = body.nextPageToken
  }
}

async function historiesOneByOne(issueIds: readonly string[], client: JiraClient): Promise<readonly Uint8Array[]> {
  const pages: Uint8Array[] = []
  for (const issueId of issueIds) {
    const answer = await unlessGone(client.issueHistory(issueId))
    if (answer) pages.push(answer.bytes)
  }
  return pages
}

/**
 * The whole history of each issue of a record: what its page embeds, with what was asked for apart from it. Undefined for an
 * issue that went away in between, or in the middle: a part of its history would replace all that is known of it.
 *
 * @returns a function that throws INVALID_BODY where Jira itself says that a history is longer than what it gives of it
 */
export function historiesIn(bodies: readonly unknown[]): (issue: JiraIssue) => readonly unknown[] | undefined {
  const asked = new Set<string>()
  const found = new Map<string, unknown[]>()
  const totals = new Map<string, number>()
  for (const body of bodies) {
    const index = historyIndex.safeParse(body)
    for (const id of index.data?.histories_of ?? []) asked.add(id)
    for (const { issueId, entries, total } of entriesOf(body)) {
      found.set(issueId, [...(found.get(issueId) ?? []), ...entries])
      totals.set(issueId, total)
    }
  }
  return ({ id, changelog }) => {
    const embedded = changelog?.histories ?? []
    const fetched = found.get(id)
    if (fetched && fetched.length < (totals.get(id) ?? 0)) throw cutTwice(id, fetched.length, totals.get(id))
    if (asked.has(id) && !meets(fetched ?? [], embedded, changelog?.total ?? 0)) return undefined
    return [...embedded, ...(fetched ?? [])]
  }
}

/**
 * Whether a history leaves nothing out between its oldest entries, which were asked for and end where the issue went out of
 * sight, and its latest ones, which the page of the issue embeds: some are among both.
 *
 * @param total how many there are, which only counts where the page embeds none
 */
function meets(oldest: readonly unknown[], latest: readonly unknown[], total: number): boolean {
  if (latest.length === 0) return oldest.length >= total
  const known = new Set(oldest.map(identityOf))
  return latest.some((entry) => known.has(identityOf(entry)))
}

interface Entries {
  readonly issueId: string
  readonly entries: readonly unknown[]
  /** How many the history has, where Jira says so; 0 where it does not. */
  readonly total: number
}

function entriesOf(body: unknown): readonly Entries[] {
  if (typeof body !== 'object' || body === null) return []
  if ('issueChangeLogs' in body) {
    const { issueChangeLogs } = changelogPage.parse(body)
    return issueChangeLogs.map(({ issueId, changeHistories }) => ({ issueId, entries: changeHistories, total: 0 }))
  }
  if (!('changelog' in body)) return []
  const { id, changelog } = issueHistory.parse(body)
  return [{ issueId: id, entries: changelog.histories, total: changelog.total }]
}

function cutTwice(id: string, entries: number, total: number | undefined): MillraceError {
  return new MillraceError('INVALID_BODY', {
    message:
      `Failed to read the history of issue ${id}: Jira gives ${entries} of its ${total} entries, also when asked for nothing ` +
      'else. What was read before stays as it is. Look for a proxy or an app that cuts answers.',
    context: { issue: id },
  })
}
