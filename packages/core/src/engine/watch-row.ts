import type { Lease, RowOutcome } from '../ports/ledger.ts'
import type { Engine } from './engine.ts'
import { rowFacts } from './row-facts.ts'

/** What one delivery of a row came to. `code` says why, when it was not for the better. */
export interface RowFate {
  readonly outcome: RowOutcome['to'] | 'fenced' | 'handed-back'
  readonly code?: string
}

/** Does the work of a row in a span of its own, and counts what comes of it. */
export async function watchRow(engine: Engine, lease: Lease, work: () => Promise<RowFate>): Promise<void> {
  const { telemetry, clock } = engine
  const { jobType: stage, tenantId, runId, step, id, attempts } = lease
  const startedMs = clock.monotonic()
  const attributes = {
    'millrace.tenant': tenantId,
    'millrace.run': runId,
    'millrace.step': step,
    'millrace.row': id,
    'millrace.attempt': attempts,
  }
  await telemetry.span(`millrace.${stage}`, attributes, async (span) => {
    const { outcome, code } = await work()
    span.set({ 'millrace.outcome': outcome })
    if (code !== undefined) span.fail(code)
    engine.log.debug({ ...rowFacts(lease), outcome, ...(code !== undefined && { code }) }, 'Worked on a row.')
    telemetry.add('millrace.rows', 1, { stage, outcome })
    telemetry.record('millrace.row.duration', (clock.monotonic() - startedMs) / 1_000, { stage, outcome })
    if (code === undefined) return
    if (outcome === 'dead') telemetry.add('millrace.rows.dead', 1, { stage, code })
    else if (outcome === 'pending' && code !== 'RATE_LIMITED') telemetry.add('millrace.retries', 1, { stage, code })
  })
}
