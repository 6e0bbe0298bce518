import { BUDGET_OF_JOB_TYPE } from '../budget/budget-of-job-type.ts'
import type { BudgetScope } from '../ports/budget.ts'
import type { Lease } from '../ports/ledger.ts'
import type { Engine } from './engine.ts'

/** The budget that a row's work is charged to, if any. */
export function scopeOf({ tenantId, integrationId, jobType }: Lease): BudgetScope | undefined {
  const budget = BUDGET_OF_JOB_TYPE[jobType]
  return budget && { tenantId, integrationId, budget }
}

/** Tells all processes that a provider wants to be left alone. Whoever is not told finds out by a refusal of its own. */
export async function blockForAll(engine: Engine, scope: BudgetScope | undefined, until: Date): Promise<void> {
  if (!scope) return
  await engine.budget?.block(scope, until).catch((error: unknown) => {
    const facts = { tenant: scope.tenantId, integration: scope.integrationId, error: String(error) }
    engine.log.warn(facts, 'Failed to tell others that a provider asks to wait: the database does not answer.')
  })
}
