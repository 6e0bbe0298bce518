import { isMillraceError } from '../errors/millrace-error.ts'
import type { Commit, NewRaw } from '../ports/ledger.ts'
import { computeLoad } from './compute-load.ts'
import { loadEffect } from './load-effect.ts'
import type { Work } from './open-work.ts'

type PageCommit = Commit & { readonly raw: NewRaw }

/**
 * Commits a page. A process that transforms does so right away, in the commit that stores the page: it has the bodies at
 * hand, which a transform row would have to read, decompress and parse again. Whatever is not plain sailing is left to such
 * a row, which knows how to isolate what is bad: a page with a bad item, a load that fails, and the page of a unit that
 * failed before, perhaps because of its transform. So is what takes several pages: they are read together.
 */
export async function commitPage(work: Work, commit: PageCommit): Promise<boolean> {
  const { part } = commit.raw
  if (part === 'first' || part === 'next') return work.commit({ ...commit, transformed: true })
  const effect = await loadOf(work, commit.raw)
  if (!effect) return work.commit(commit)
  try {
    return await work.commit({ ...commit, effect, transformed: true })
  } catch (error) {
    if (!isMillraceError(error) || error.retryable) throw error
    return work.commit(commit)
  }
}

async function loadOf(work: Work, raw: NewRaw): Promise<Commit['effect']> {
  if (raw.part || !work.engine.transformAtOnce || work.lease().attempts > 1 || work.lease().suspect) return undefined
  const load = await computeLoad(work, raw).catch(() => undefined)
  return load?.bad.length === 0 ? loadEffect(work, load.batch) : undefined
}
