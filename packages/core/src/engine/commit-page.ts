import { isMillraceError } from '../errors/millrace-error.ts'
import type { Commit, NewRaw } from '../ports/ledger.ts'
import { computeLoad, type RawPage } from './compute-load.ts'
import { loadEffect } from './load-effect.ts'
import type { Work } from './open-work.ts'

type PageCommit = Commit & { readonly raw: NewRaw }

/** What is known of a page's record before it is committed. */
export type PageRecord = RawPage & Pick<NewRaw, 'part'>

/** What a page loads in the commit that stores it; undefined when that is left to a transform row. */
export type PageLoad = Commit['effect']

/**
 * Commits a page. A process that transforms does so right away, in the commit that stores the page: it has the bodies at
 * hand, which a transform row would have to read, decompress and parse again. Whatever is not plain sailing is left to such
 * a row, which knows how to isolate what is bad: a page with a bad item, a load that fails, and the page of a unit that
 * failed before, perhaps because of its transform. So is what takes several pages: they are read together.
 */
export async function commitPage(work: Work, commit: PageCommit, load: PageLoad): Promise<boolean> {
  const { part } = commit.raw
  if (part === 'first' || part === 'next') return work.commit({ ...commit, transformed: true })
  if (!load) return work.commit(commit)
  try {
    return await work.commit({ ...commit, effect: load, transformed: true })
  } catch (error) {
    if (!isMillraceError(error) || error.retryable) throw error
    return work.commit(commit)
  }
}

/**
 * Computes what a page loads, while the page before it may still be under way to the ledger: a unit that failed before
 * counts as such until that page is committed.
 */
export async function loadOfPage(work: Work, record: PageRecord): Promise<PageLoad> {
  const { attempts, suspect } = work.lease()
  if (record.part || !work.engine.transformAtOnce || attempts > 1 || suspect) return undefined
  const load = await computeLoad(work, record).catch(() => undefined)
  return load?.bad.length === 0 ? loadEffect(work, load.batch) : undefined
}
