import { MAX_RESTARTS, unstablePages } from './page-tokens.ts'
import type { JiraAnswer } from './send-jira-request.ts'

/** A page of a list that pages by position. */
interface PositionPage {
  readonly values: readonly { readonly id: number }[]
  readonly isLast: boolean
  /** How many entries the list has, where Jira says so. */
  readonly total: number | null
}

/**
 * Reads such a list as a whole. Each page begins with the entry that the one before ended with, which proves that nothing was
 * passed over: when an entry goes away meanwhile, the others move to pages that were read. Then the list is read again.
 *
 * @throws PAGES_UNSTABLE when its pages do not fit together again and again, or do not hold as many entries as Jira says
 */
export async function listByPosition<Body extends PositionPage>(
  purpose: string,
  read: (startAt: number) => Promise<JiraAnswer<Body>>,
): Promise<readonly JiraAnswer<Body>[]> {
  for (let attempt = 0; ; attempt += 1) {
    const pages = await pagesOnce(read)
    if (typeof pages !== 'string') return pages
    if (attempt >= MAX_RESTARTS) throw unstablePages(purpose, pages)
  }
}

/** The pages, or why they are not the whole list. */
async function pagesOnce<Body extends PositionPage>(
  read: (startAt: number) => Promise<JiraAnswer<Body>>,
): Promise<readonly JiraAnswer<Body>[] | string> {
  const pages: JiraAnswer<Body>[] = []
  const found = new Set<number>()
  for (let startAt = 0, last: number | undefined; ; ) {
    const page = await read(startAt)
    const { values, isLast, total } = page.body
    if (last !== undefined && values[0]?.id !== last) return 'the list changed while it was read'
    pages.push(page)
    const known = found.size
    for (const { id } of values) found.add(id)
    if (isLast && (total === null || total === found.size)) return pages
    if (isLast) return `its pages hold ${found.size} entries, and Jira says that there are ${total}`
    if (found.size === known) return `the page at ${startAt} holds nothing new and is not the last`
    last = values.at(-1)?.id
    startAt += values.length - 1
  }
}
