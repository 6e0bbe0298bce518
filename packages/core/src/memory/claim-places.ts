import { BUDGET_OF_JOB_TYPE } from '../budget/budget-of-job-type.ts'
import type { MemoryBudget } from './memory-budget.ts'
import type { LedgerRow } from './memory-ledger-rows.ts'

/** The places that budgets have left, for one claim. */
export interface ClaimPlaces {
  /** Whether a row could be leased if it were the only one. */
  areFree(row: LedgerRow): boolean
  /** Takes a place for the row; false when those taken before left none. */
  take(row: LedgerRow): boolean
}

/** Counts what is leased now, once per budget. */
export function claimPlaces(
  budget: MemoryBudget | undefined,
  rows: ReadonlyMap<number, LedgerRow>,
  integrationOf: (row: LedgerRow) => number,
): ClaimPlaces {
  const left = new Map<string, number>()
  const placesOf = (row: LedgerRow): { readonly key: string; readonly free: number } | undefined => {
    const name = BUDGET_OF_JOB_TYPE[row.jobType]
    if (!budget || !name) return undefined
    const integrationId = integrationOf(row)
    const key = `${integrationId}/${name}`
    const known = left.get(key)
    if (known !== undefined) return { key, free: known }
    const { blockedUntil, concurrency } = budget.known({ tenantId: row.tenantId, integrationId, budget: name })
    if (!blockedUntil && concurrency === undefined) return undefined
    const holds = (other: LedgerRow): boolean =>
      other.status === 'leased' && BUDGET_OF_JOB_TYPE[other.jobType] === name && integrationOf(other) === integrationId
    const free = blockedUntil ? 0 : (concurrency ?? 0) - [...rows.values()].filter(holds).length
    left.set(key, free)
    return { key, free }
  }
  return {
    areFree: (row) => (placesOf(row)?.free ?? 1) > 0,
    take: (row) => {
      const places = placesOf(row)
      if (!places) return true
      left.set(places.key, places.free - 1)
      return places.free > 0
    },
  }
}
