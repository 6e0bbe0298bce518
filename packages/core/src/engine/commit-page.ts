import { isMillraceError } from '../errors/millrace-error.ts'
import type { Commit, NewRaw } from '../ports/ledger.ts'
import { computeLoad, type RawPage } from './compute-load.ts'
import { loadEffect } from './load-effect.ts'
import type { Work } from './open-work.ts'

type PageCommit = Commit & { readonly raw: NewRaw }

/** What a page loads in the commit that stores it; undefined when that is left to a transform row. */
export type PageLoad = Commit['effect']

/**
 * Commits a page. A process that transforms does so right away, in the commit that stores the page: it has the bodies at
 * hand, which a transform row would have to read, decompress and parse again. Whatever is not plain sailing is left to such
 * a row, which knows how to isolate what is bad: a page with a bad item, a load that fails, and the page of a unit that
 * failed before, perhaps because of its transform.
 */
export async function commitPage(work: Work, commit: PageCommit, load: PageLoad): Promise<boolean> {
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
export async function loadOfPage(work: Work, raw: RawPage): Promise<PageLoad> {
  if (!work.engine.transformAtOnce || work.lease().attempts > 1 || work.lease().suspect) return undefined
  const load = await computeLoad(work, raw).catch(() => undefined)
  return load?.bad.length === 0 ? loadEffect(work, load.batch) : undefined
}
