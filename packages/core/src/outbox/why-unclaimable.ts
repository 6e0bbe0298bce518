import type { JobType } from '../completion/run-graph.ts'
import type { RunState } from '../ports/ledger.ts'
import type { Unclaimable } from '../ports/outbox.ts'

/** What a ledger knows of the row and the run that a message names; of other tenants it knows nothing. */
export interface NamedFacts {
  readonly jobType: JobType
  readonly run: { readonly id: number; readonly jobId: number; readonly state: RunState } | undefined
  readonly row:
    | {
        readonly runId: number
        readonly jobId: number
        readonly jobType: JobType
        readonly status: 'pending' | 'leased' | 'done' | 'dead' | 'cancelled'
      }
    | undefined
}

/** Why a claim of a named row got nothing. Rows of an open run are never deleted, and a row moves to later runs only. */
export function whyUnclaimable({ jobType, run, row }: NamedFacts): Unclaimable {
  if (!run) return 'foreign'
  if (!row) return run.state === 'running' ? 'foreign' : 'settled'
  if (row.jobType !== jobType || row.jobId !== run.jobId || row.runId < run.id) return 'foreign'
  if (row.runId > run.id) return 'settled'
  if (row.status === 'leased') return 'taken'
  return row.status === 'pending' && run.state === 'running' ? 'waiting' : 'settled'
}
