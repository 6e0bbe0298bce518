import type { NewRow } from '../ports/ledger.ts'

/**
 * What makes an extract row unique within its run and step, for a unit that keeps no watermark: its key and its window, such
 * as `42 2024-01-01T00:00:00.000Z/2024-01-02T00:00:00.000Z`, or `42 ../2024-01-02T00:00:00.000Z` without a start.
 *
 * A unit that is read apart must not, adopted by a later run as debt, stand in the way of what that run reads. And one that
 * is spawned may have been read, for one parent, before what a page of another tells of. Only rows of the same window are
 * the same: what changes after it ended, a parent tells again in its next one.
 */
export function windowedKey(unitKey: string, { since, until }: NonNullable<NewRow['window']>): string {
  return `${unitKey} ${since?.toISOString() ?? '..'}/${until.toISOString()}`
}
