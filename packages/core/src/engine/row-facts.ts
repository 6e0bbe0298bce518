import type { Lease } from '../ports/ledger.ts'

/** Which row a log line is about, and on whose behalf. */
export function rowFacts({ id, tenantId, runId, step, jobType, payload }: Lease): object {
  const { unit } = payload
  return { tenant: tenantId, run: runId, step, stage: jobType, row: id, ...(unit !== undefined && { unit }) }
}
