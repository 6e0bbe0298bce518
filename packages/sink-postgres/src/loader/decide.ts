import type { SourceVersion } from '@millrace/core'

/** What the table holds for a key. */
export interface StoredState {
  readonly version: SourceVersion
  readonly hash: string
  readonly active: boolean
}

/**
 * What a load confirmed for a key without writing it: that a row is as stored; that it is gone; or, for a parent's key,
 * that its children are as stored, whether the parent came along (`replace`) or not (`set`).
 */
export interface Confirmation {
  readonly kind: 'row' | 'tombstone' | 'replace' | 'set'
  readonly version: SourceVersion
}

/**
 * What becomes of one incoming row.
 *
 * - `insert`, `update`: it is written;
 * - `confirm`: the table says the same already, but with an older version;
 * - `drop`: it is older than what is known, or says nothing new at all.
 */
export type Fate = 'insert' | 'update' | 'confirm' | 'drop'

/** Of a row that exists at its source. */
export function fateOfUpsert(
  row: { readonly version: SourceVersion; readonly hash: string },
  stored: StoredState | undefined,
  confirmations: readonly Confirmation[],
  fullSync: boolean,
): Fate {
  if (confirmations.some((confirmation) => outdates(confirmation, row.version, fullSync))) return 'drop'
  if (!stored) return 'insert'
  const bySequence = fullSync || !stored.active
  if (isOlder(row.version, stored.version, bySequence)) return 'drop'
  if (!stored.active || stored.hash !== row.hash) return 'update'
  return isKnown(row.version, stored, confirmations, 'row') ? 'drop' : 'confirm'
}

/** Of a row that is gone at its source. Only the sequence counts: a deletion has no time of the provider's. */
export function fateOfDelete(
  version: SourceVersion,
  stored: StoredState | undefined,
  confirmations: readonly Confirmation[],
): Fate {
  if (confirmations.some((confirmation) => confirmation.version.seq > version.seq)) return 'drop'
  if (!stored) return 'insert'
  if (version.seq < stored.version.seq) return 'drop'
  if (stored.active) return 'update'
  return isKnown(version, stored, confirmations, 'tombstone') ? 'drop' : 'confirm'
}

/**
 * Whether a replace counts. One that comes with its parent row is as new as that row.
 *
 * @param parent the stored parent row, as this batch leaves it
 * @param ofParent what was confirmed for the parent row
 * @param ofChildren what was confirmed for its children as a whole
 */
export function acceptsReplace(
  replace: { readonly version: SourceVersion; readonly withParent: boolean },
  parent: StoredState | undefined,
  ofParent: readonly Confirmation[],
  ofChildren: readonly Confirmation[],
  fullSync: boolean,
): boolean {
  const { version, withParent } = replace
  if (!withParent) return !ofChildren.some((last) => last.kind === 'set' && last.version.seq > version.seq)
  if (ofParent.some((confirmation) => outdates(confirmation, version, fullSync))) return false
  return !parent || !isOlder(version, parent.version, fullSync || !parent.active)
}

/** Whether a confirmation says that this version is of the past. */
function outdates(confirmation: Confirmation, version: SourceVersion, fullSync: boolean): boolean {
  return isOlder(version, confirmation.version, fullSync || confirmation.kind === 'tombstone')
}

/** Compares by the provider's time, absent as oldest, then by the sequence; or by the sequence alone. */
function isOlder(version: SourceVersion, than: SourceVersion, bySequence: boolean): boolean {
  if (!bySequence) {
    const difference = timeOf(version) - timeOf(than)
    if (difference !== 0) return difference < 0
  }
  return version.seq < than.seq
}

function timeOf(version: SourceVersion): number {
  return version.at?.getTime() ?? Number.MIN_SAFE_INTEGER
}

/** Whether this very version, or one with a higher sequence, is on record: repetitions then leave no trace. */
function isKnown(
  version: SourceVersion,
  stored: StoredState,
  confirmations: readonly Confirmation[],
  kind: Confirmation['kind'],
): boolean {
  return (
    stored.version.seq >= version.seq ||
    confirmations.some((known) => known.kind === kind && known.version.seq >= version.seq)
  )
}
