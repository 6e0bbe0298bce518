import { isMillraceError } from '../../errors/millrace-error.ts'
import type { ClaimRequest, Commit, Lease } from '../../ports/ledger.ts'
import type { VectorPoint } from '../../ports/vector-store.ts'

/** One line about what a call did, for the trace. Empty where there is nothing to tell. */
export function describeCall(method: string, args: readonly unknown[], outcome: object): string {
  if ('error' in outcome) return `fails: ${reasonOf(outcome.error)}`
  const value: unknown = 'value' in outcome ? outcome.value : undefined
  switch (method) {
    case 'claim':
      return describeClaim(args[0] as ClaimRequest, value as readonly Lease[])
    case 'commit':
      return describeCommit(args[0] as Lease, args[1] as Commit, String(value))
    case 'startRun':
      return `run ${(value as { readonly runId: number }).runId}`
    case 'cancelRun':
      return `run ${String(args[0])}`
    case 'nextSequence':
      return String(value)
    case 'sweep':
      return JSON.stringify(value)
    case 'upsert':
      return `${(args[1] as readonly VectorPoint[]).length} points`
    case 'load':
      return JSON.stringify(value)
    default:
      return ''
  }
}

function describeClaim({ jobTypes }: ClaimRequest, leases: readonly Lease[]): string {
  if (leases.length === 0) return `${jobTypes.join(', ')}: nothing`
  return leases
    .map((lease) => `row ${lease.id} ${lease.jobType} of ${lease.step}, token ${lease.token}, run ${lease.runId}`)
    .join('; ')
}

function describeCommit(lease: Lease, { row, raw, births, watermark }: Commit, outcome: string): string {
  const parts = [
    `row ${lease.id} ${lease.jobType} of ${lease.step}, token ${lease.token}: ${row.to}`,
    'cursor' in row && row.cursor !== undefined ? `at ${JSON.stringify(row.cursor)}` : '',
    'failure' in row && row.failure ? `because ${row.failure.code}` : '',
    raw ? `page ${lease.cursorSeq} of sequence ${raw.sourceSeq}` : '',
    births && births.length > 0 ? `${births.length} born` : '',
    watermark ? `watermark ${watermark.until.toISOString()}` : '',
  ]
  return `${parts.filter(Boolean).join(', ')} → ${outcome}`
}

function reasonOf(error: unknown): string {
  return isMillraceError(error) ? error.code : String(error)
}
