import { isMillraceError } from '@millrace/core'
import { z } from 'zod'
import { commentsPage, worklogsPage } from './api/discussion-api.ts'
import type { CutCollection, IssuePageEnvelope } from './api/issue-api.ts'
import type { JiraClient } from './jira-client.ts'

/** Pages do not name their issue, so a body of our own in front of them does: which pages, in which order, are whose. */
export const collectionIndex = z.strictObject({
  collections: z.array(z.strictObject({ issue_id: z.string(), of: z.enum(['comments', 'worklogs']), pages: z.int() })),
})

export const collectionPage = z.union([commentsPage, worklogsPage])

const MAX_READS = 3

/**
 * The collections that a page of issues only begins to tell, each read from its start to its end. They are read again when
 * their total changes meanwhile: a removal moves entries to pages that were read.
 */
export async function readCutCollections(
  issues: IssuePageEnvelope['issues'],
  client: JiraClient,
): Promise<readonly (string | Uint8Array)[]> {
  const contents: z.output<typeof collectionIndex>['collections'] = []
  const pages: Uint8Array[] = []
  for (const { id, cut } of issues) {
    for (const of of cut) {
      const read = await readCollection(client, id, of)
      // The issue was deleted, or hidden, since it was found.
      if (read === undefined) continue
      contents.push({ issue_id: id, of, pages: read.length })
      pages.push(...read)
    }
  }
  return contents.length === 0 ? [] : [JSON.stringify({ collections: contents }), ...pages]
}

async function readCollection(
  client: JiraClient,
  issueId: string,
  of: CutCollection,
): Promise<readonly Uint8Array[] | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const pages: Uint8Array[] = []
    const totals = new Set<number>()
    for (let startAt = 0; ; ) {
      const page = await askFor(client, issueId, of, startAt)
      if (page === undefined) return undefined
      pages.push(page.bytes)
      totals.add(page.total)
      startAt += page.length
      if (page.length === 0 || startAt >= page.total) break
    }
    if (totals.size === 1 || attempt === MAX_READS) return pages
  }
}

async function askFor(
  client: JiraClient,
  issueId: string,
  of: CutCollection,
  startAt: number,
): Promise<{ readonly bytes: Uint8Array; readonly total: number; readonly length: number } | undefined> {
  try {
    if (of === 'comments') {
      const { bytes, body } = await client.comments({ issueId, startAt })
      return { bytes, total: body.total, length: body.comments.length }
    }
    const { bytes, body } = await client.worklogs({ issueId, startAt })
    return { bytes, total: body.total, length: body.worklogs.length }
  } catch (error) {
    if (isMillraceError(error) && error.context.status === 404) return undefined
    throw error
  }
}

/** The collections in a record's bodies, by issue: those that were read apart from their issue. */
export function wholeCollections(bodies: readonly unknown[]): ReadonlyMap<string, readonly unknown[]> {
  const found = new Map<string, readonly unknown[]>()
  const at = bodies.findIndex((body) => collectionIndex.safeParse(body).success)
  if (at < 0) return found
  let next = at + 1
  for (const { issue_id, of, pages } of collectionIndex.parse(bodies[at]).collections) {
    const entries = bodies.slice(next, next + pages).flatMap((body) => entriesOf(body))
    found.set(collectionKey(issue_id, of), entries)
    next += pages
  }
  return found
}

export function collectionKey(issueId: string, of: CutCollection): string {
  return `${of}/${issueId}`
}

function entriesOf(body: unknown): readonly unknown[] {
  const page = collectionPage.parse(body)
  return 'comments' in page && Array.isArray(page.comments) ? page.comments : worklogsPage.parse(body).worklogs
}
