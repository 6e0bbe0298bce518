import { drawPoints } from '../budget/draw-points.ts'
import type { Budget, BudgetScope, BudgetState } from '../ports/budget.ts'
import type { Clock } from '../ports/clock.ts'

/** A budget that a memory ledger can look at while it claims. */
export interface MemoryBudget extends Budget {
  /** What holds now, at once. */
  known(scope: BudgetScope): BudgetState
}

const NOTHING: BudgetState = { blockedUntil: undefined, concurrency: undefined, quota: undefined }

/** A budget for one process: give the same one to the ledger and to the runtime. */
export function memoryBudget({ clock }: { readonly clock: Clock }): MemoryBudget {
  const states = new Map<string, BudgetState>()
  const keyOf = ({ tenantId, integrationId, budget }: BudgetScope): string => `${tenantId}/${integrationId}/${budget}`
  const stored = (scope: BudgetScope): BudgetState => states.get(keyOf(scope)) ?? NOTHING
  const change = (scope: BudgetScope, changes: Partial<BudgetState>): void => {
    states.set(keyOf(scope), { ...stored(scope), ...changes })
  }
  const block = (scope: BudgetScope, until: Date): void => {
    const { blockedUntil } = stored(scope)
    if (!blockedUntil || blockedUntil < until) change(scope, { blockedUntil: until })
  }
  const known = (scope: BudgetScope): BudgetState => {
    const state = stored(scope)
    const isPast = (time: Date | undefined): boolean => time === undefined || time.getTime() <= clock.now()
    return {
      ...state,
      blockedUntil: isPast(state.blockedUntil) ? undefined : state.blockedUntil,
      quota: isPast(state.quota?.resetsAt) ? undefined : state.quota,
    }
  }
  return {
    known,
    block: async (scope, until) => block(scope, until),
    limitConcurrency: async (scope, concurrency) => change(scope, { concurrency }),
    draw: async (scope, request) => {
      const { granted, quota } = drawPoints(stored(scope).quota, request, clock.now())
      change(scope, { quota })
      if (granted === 0) block(scope, quota.resetsAt)
      return granted
    },
    state: async (scope) => known(scope),
  }
}
