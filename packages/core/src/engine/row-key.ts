import type { NewRow } from '../ports/ledger.ts'

/**
 * What makes an extract row unique within its run and step: the unit's key. A unit that is read apart, without moving its
 * watermark, is named by its window too: adopted by a later run as debt, it must not stand in the way of what that run reads.
 */
export function rowKey(unitKey: string, window: NonNullable<NewRow['window']>, apart: boolean): string {
  if (!apart) return unitKey
  return JSON.stringify([unitKey, window.since?.toISOString() ?? null, window.until.toISOString()])
}
