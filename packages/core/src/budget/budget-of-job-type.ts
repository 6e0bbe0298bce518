import type { JobType } from '../completion/run-graph.ts'
import type { BudgetName } from '../ports/budget.ts'

/** Which budget a kind of work is charged to. Transforming talks to the database alone. */
export const BUDGET_OF_JOB_TYPE = {
  plan: 'extraction',
  extract: 'extraction',
  transform: undefined,
  embed: 'embedding',
} as const satisfies { readonly [jobType in JobType]: BudgetName | undefined }
