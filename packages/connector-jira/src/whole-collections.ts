import { type Context, isMillraceError, type Warning } from '@millrace/core'
import { z } from 'zod'
import { commentsPage, worklogsPage } from './api/discussion-api.ts'
import type { CutCollection, IssueEnvelope } from './api/issue-api.ts'
import { identityOf } from './api/lenient.ts'
import { jiraClient } from './jira-client.ts'
import type { JiraConfig } from './jira-options.ts'
import { unlessGone } from './optional-api.ts'
import type { JiraAnswer } from './send-jira-request.ts'

/** Pages do not name their issue, so a body of our own in front of them does: which pages, in which order, are whose. */
export const collectionIndex = z.strictObject({
  collections: z.array(
    z.strictObject({
      issue_id: z.string(),
      of: z.enum(['comments', 'worklogs']),
      pages: z.int(),
      /** Whether it is whole although its total counts more than it gives. */
      counts_hidden: z.boolean().default(false),
    }),
  ),
})

export const collectionPage = z.union([commentsPage, worklogsPage])

const MAX_READS = 3

/**
 * The collections that a page of issues only begins to tell, each read from its start to its end. They are read again when
 * their pages do not add up to their total: a removal moves entries to pages that were read. A total that counts what the
 * account may not see never adds up: where every reading gives the same entries and the same total, these are all that there is
 * to be seen.
 */
export async function readCutCollections(
  issues: readonly IssueEnvelope[],
  ctx: Context<JiraConfig>,
): Promise<readonly (string | Uint8Array)[]> {
  const contents: z.output<typeof collectionIndex>['collections'] = []
  const pages: Uint8Array[] = []
  for (const { id, cut } of issues) {
    for (const of of cut) {
      const read = await readCollection(ctx, id, of)
      // The issue was deleted, or hidden, since it was found, or this is closed to the account.
      if (read === undefined) continue
      if (!read.isWhole) ctx.warn(doubt(id, of, read))
      contents.push({ issue_id: id, of, pages: read.pages.length, counts_hidden: read.countsHidden })
      pages.push(...read.pages)
    }
  }
  return contents.length === 0 ? [] : [JSON.stringify({ collections: contents }), ...pages]
}

function doubt(issue: string, of: CutCollection, { countsHidden, entries, total }: Collection): Warning {
  const facts = { issue, entries, total }
  if (countsHidden) {
    const message =
      `Jira counts ${total} ${of} of issue ${issue} and shows ${entries}, however often it is asked: what is shown is taken for ` +
      'all. Look at the issue in Jira with the same account.'
    return { about: `Hidden ${of}`, message, facts }
  }
  const message =
    `Those of issue ${issue} do not add up to their total (${entries} of ${total}), so what was read of them before stays as it is. ` +
    'They are read again; look for a proxy or an app that changes answers if it stays so.'
  return { about: `Incomplete ${of}`, message, facts }
}

interface Collection {
  readonly pages: readonly Uint8Array[]
  readonly isWhole: boolean
  readonly countsHidden: boolean
  readonly entries: number
  readonly total: number
}

async function readCollection(
  ctx: Context<JiraConfig>,
  issueId: string,
  of: CutCollection,
): Promise<Collection | undefined> {
  const seen = new Set<string>()
  for (let attempt = 1; ; attempt += 1) {
    const pages: CollectionPage[] = []
    for (let startAt = 0; ; ) {
      const page = await askFor(ctx, issueId, of, startAt)
      if (page === undefined) return undefined
      pages.push(page)
      startAt += page.entries.length
      if (page.entries.length === 0 || startAt >= page.total) break
    }
    const isWhole = wholeOf(pages) !== undefined
    const shown = shownIn(pages)
    seen.add(JSON.stringify(shown))
    if (!isWhole && attempt < MAX_READS) continue
    const entries = pages.reduce((sum, page) => sum + page.entries.length, 0)
    const total = pages.at(-1)?.total ?? 0
    // Only one of its readings need differ for all of them to be doubted.
    const countsHidden = !isWhole && seen.size === 1 && shown.totals.length === 1 && shown.ids.length < total
    return { pages: pages.map(({ bytes }) => bytes), isWhole, countsHidden, entries, total }
  }
}

/** The entries of a collection's pages, unless they are not all that there are: each page gives the same total, and that many. */
function wholeOf(
  pages: readonly { readonly entries: readonly unknown[]; readonly total: number }[],
): readonly unknown[] | undefined {
  const entries = pages.flatMap((page) => page.entries)
  const total = pages[0]?.total
  return pages.every((page) => page.total === total) && distinctIn(pages).length === total ? entries : undefined
}

/** What pages show: the entries, each once and sorted, and each total that they give. */
function shownIn(pages: readonly Pick<CollectionPage, 'entries' | 'total'>[]) {
  return {
    ids: distinctIn(pages).map(identityOf).sort(),
    totals: [...new Set(pages.map(({ total }) => total))],
  }
}

interface CollectionPage {
  readonly bytes: Uint8Array
  readonly total: number
  readonly entries: readonly unknown[]
}

/** Undefined where there is none, or Jira refuses it. */
async function askFor(
  ctx: Context<JiraConfig>,
  issueId: string,
  of: CutCollection,
  startAt: number,
): Promise<CollectionPage | undefined> {
  const client = jiraClient(ctx)
  const asked = { issueId, startAt }
  const answer = await unlessGone<JiraAnswer<z.output<typeof collectionPage>>>(
    of === 'comments' ? client.comments(asked) : client.worklogs(asked),
  ).catch((error) => {
    if (!isMillraceError(error) || error.context.status !== 403) throw error
    const message =
      `Jira refuses the rest of those of issue ${issueId}, so what was read of them before stays as it is. Every run asks for ` +
      `them again. (${error.message})`
    ctx.warn({ about: `Closed ${of}`, message, facts: { issue: issueId } })
    return undefined
  })
  return answer && { bytes: answer.bytes, ...contentOf(answer.body) }
}

/**
 * The collections in a record's bodies, by issue: those that were read apart from their issue. Undefined for one that was not
 * read as a whole: what it has is not known.
 */
export function wholeCollections(bodies: readonly unknown[]): ReadonlyMap<string, readonly unknown[] | undefined> {
  const found = new Map<string, readonly unknown[] | undefined>()
  const at = bodies.findIndex((body) => collectionIndex.safeParse(body).success)
  if (at < 0) return found
  let next = at + 1
  for (const { issue_id, of, pages, counts_hidden } of collectionIndex.parse(bodies[at]).collections) {
    const content = bodies.slice(next, next + pages).map((body) => contentOf(collectionPage.parse(body)))
    found.set(collectionKey(issue_id, of), counts_hidden ? distinctIn(content) : wholeOf(content))
    next += pages
  }
  return found
}

/** The entries of pages, each once. */
function distinctIn(pages: readonly { readonly entries: readonly unknown[] }[]): readonly unknown[] {
  return [...new Map(pages.flatMap(({ entries }) => entries.map((entry) => [identityOf(entry), entry]))).values()]
}

export function collectionKey(issueId: string, of: CutCollection): string {
  return `${of}/${issueId}`
}

function contentOf(page: z.output<typeof collectionPage>): {
  readonly entries: readonly unknown[]
  readonly total: number
} {
  const entries = 'comments' in page && Array.isArray(page.comments) ? page.comments : worklogsPage.parse(page).worklogs
  return { entries, total: page.total }
}
