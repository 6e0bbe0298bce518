import type { AnyEntity } from '../contracts/entity.ts'
import { MillraceError } from '../errors/millrace-error.ts'
import type { LoadCensus } from './load-batch.ts'

/** So few rows may always vanish at once: in a small project, one deletion is a large share. */
const ALWAYS_ALLOWED = 50

/** What a loader counted before it removes what a census does not name. */
export interface CensusCount {
  readonly entity: AnyEntity
  /** Live rows in reach of the census that were seen before it. */
  readonly live: number
  /** Those of them that it does not name. */
  readonly missing: number
  /** 0 to 1; at 1 everything may go. */
  readonly maxRemovedShare: number
}

/**
 * Doubts a census that would remove much: an account that lost a permission, or a filter that became narrower, looks just
 * like a mass deletion. For loaders, before they write.
 *
 * @throws CENSUS_REFUSED unless it is certain, when nothing was found, or when more than 50 rows and more than the allowed
 *   share are missing
 */
export function guardCensus(census: LoadCensus, { entity, live, missing, maxRemovedShare }: CensusCount): void {
  if (census.certain || maxRemovedShare >= 1) return
  const empty = census.keys.length === 0 && live > 0
  const excessive = missing > ALWAYS_ALLOWED && missing > live * maxRemovedShare
  if (!empty && !excessive) return
  const found = empty
    ? 'it found none'
    : `it misses ${missing} of them, more than ${Math.round(maxRemovedShare * 100)} %`
  throw new MillraceError('CENSUS_REFUSED', {
    message:
      `Failed to remove what a census of ${entity.name} does not name: of ${live} rows ${found}. ` +
      'Check what the account may see; if they are really gone, run again with allowDeletions.',
    context: { entity: entity.name, live, missing },
  })
}
