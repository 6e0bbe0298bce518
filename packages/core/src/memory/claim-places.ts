import { BUDGET_OF_JOB_TYPE } from '../budget/budget-of-job-type.ts'
import type { MemoryBudget } from './memory-budget.ts'
import type { LedgerRow } from './memory-ledger-rows.ts'

/** The places of one claim: whether a row may be leased as well, now that these are. */
export function claimPlaces(
  budget: MemoryBudget | undefined,
  rows: ReadonlyMap<number, LedgerRow>,
  integrationOf: (row: LedgerRow) => number,
): (row: LedgerRow) => boolean {
  const taken = new Map<string, number>()
  return (row) => {
    const name = BUDGET_OF_JOB_TYPE[row.jobType]
    if (!budget || !name) return true
    const integrationId = integrationOf(row)
    const scope = { tenantId: row.tenantId, integrationId, budget: name }
    const { blockedUntil, concurrency = Number.POSITIVE_INFINITY } = budget.known(scope)
    const key = `${integrationId}/${name}`
    const holds = (other: LedgerRow): boolean =>
      other.status === 'leased' && BUDGET_OF_JOB_TYPE[other.jobType] === name && integrationOf(other) === integrationId
    const places = taken.get(key) ?? [...rows.values()].filter(holds).length
    if (blockedUntil || places >= concurrency) return false
    taken.set(key, places + 1)
    return true
  }
}
