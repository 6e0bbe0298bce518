import {
  type Commit,
  isClosed,
  isSettled,
  MillraceError,
  type RunTotals,
  type Stage,
  type StageCounters,
  WARNINGS_KEPT,
} from '@millrace/core'
import type { Tx } from '../database/database.ts'
import { toJsonb } from './to-jsonb.ts'

/** By how much one stage's counters move. */
export interface StageDelta {
  readonly step: string
  readonly stage: Stage
  readonly planned?: number
  readonly done?: number
  readonly dead?: number
  readonly totals?: Partial<RunTotals>
  readonly warnings?: Commit['warnings']
}

/**
 * Moves all counters that a transaction touches in one statement. They are locked in a fixed order first: two transactions
 * that touch the same two stages would deadlock otherwise.
 *
 * $1 run · $2 the deltas as JSON, one per stage
 */
const MOVE_COUNTERS = `
  WITH delta AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset($2::jsonb) AS d (step text, stage text, planned integer, done integer, dead integer,
      api_calls bigint, bytes_received bigint, rows_written bigint, rows_removed bigint, embedded bigint,
      embeddings_queued bigint, peak_memory_bytes bigint, warnings jsonb)
  ),
  locked AS MATERIALIZED (
    SELECT s.step, s.stage FROM etl_run_steps s JOIN delta USING (step, stage)
     WHERE s.run_id = $1 ORDER BY s.step, s.stage FOR NO KEY UPDATE OF s
  )
  UPDATE etl_run_steps s SET
    planned = s.planned + d.planned, done = s.done + d.done, dead = s.dead + d.dead,
    api_calls = s.api_calls + d.api_calls, bytes_received = s.bytes_received + d.bytes_received,
    rows_written = s.rows_written + d.rows_written, rows_removed = s.rows_removed + d.rows_removed,
    embedded = s.embedded + d.embedded, embeddings_queued = s.embeddings_queued + d.embeddings_queued,
    peak_memory_bytes = greatest(s.peak_memory_bytes, d.peak_memory_bytes),
    -- Of two about the same the stored one stays.
    warnings = CASE WHEN d.warnings = '{}' OR (SELECT count(*) FROM jsonb_object_keys(s.warnings)) >= ${WARNINGS_KEPT}
      THEN s.warnings ELSE d.warnings || s.warnings END
  FROM delta d JOIN locked USING (step, stage)
  WHERE s.run_id = $1 AND s.step = d.step AND s.stage = d.stage
  RETURNING s.step, s.stage, s.state, s.planned, s.done, s.dead`

/**
 * Adds the deltas and gives the counters as they are then.
 *
 * @throws INTERNAL when a row was born into a step that the run does not have, or into a stage that is closed
 */
export async function moveCounters(
  tx: Tx,
  runId: number,
  deltas: readonly StageDelta[],
): Promise<readonly StageCounters[]> {
  const merged = merge(deltas)
  if (merged.length === 0) return []
  const counters = await tx.query<StageCounters>(MOVE_COUNTERS, [runId, toJsonb(merged)])
  for (const delta of merged) {
    const found = counters.find((row) => row.step === delta.step && row.stage === delta.stage)
    if (!found) throw misborn(runId, delta, 'the run has no such step')
    if (isClosed(found) && delta.planned > 0) throw misborn(runId, delta, `that stage is ${found.state}`)
  }
  return counters
}

/**
 * Whether a stage may open or close now, which `advance` then decides with the run locked. A transform stage that is settled
 * stays open as long as its extraction is: a page that is transformed as it is stored settles it every time.
 */
export function mayAdvance(counters: readonly StageCounters[]): boolean {
  return counters.some((row) => {
    if (isClosed(row)) return false
    if (row.state === 'idle') return row.planned > 0
    if (!isSettled(row)) return false
    const before = counters.find(({ step, stage }) => step === row.step && stage === 'extraction')
    return row.stage !== 'transform' || !before || isClosed(before) || isSettled(before)
  })
}

function misborn(runId: number, { step, stage }: Pick<StageDelta, 'step' | 'stage'>, reason: string): MillraceError {
  return new MillraceError('INTERNAL', {
    message: `Failed to add rows to ${stage} of ${step} in run ${runId}: ${reason}. Spawn only into steps named in \`spawns\`.`,
    context: { runId, step, stage },
  })
}

function merge(deltas: readonly StageDelta[]) {
  const groups = Map.groupBy(deltas, ({ step, stage }) => `${step}/${stage}`)
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (!first) return []
    const sum = (pick: (delta: StageDelta) => number | undefined): number =>
      group.reduce((total, delta) => total + (pick(delta) ?? 0), 0)
    const row = {
      step: first.step,
      stage: first.stage,
      planned: sum((delta) => delta.planned),
      done: sum((delta) => delta.done),
      dead: sum((delta) => delta.dead),
      api_calls: sum((delta) => delta.totals?.apiCalls),
      bytes_received: sum((delta) => delta.totals?.bytesReceived),
      rows_written: sum((delta) => delta.totals?.rowsWritten),
      rows_removed: sum((delta) => delta.totals?.rowsRemoved),
      embedded: sum((delta) => delta.totals?.embedded),
      embeddings_queued: sum((delta) => delta.totals?.embeddingsQueued),
      peak_memory_bytes: Math.max(0, ...group.map((delta) => delta.totals?.peakMemoryBytes ?? 0)),
    }
    const warnings = group
      .flatMap((delta) => delta.warnings ?? [])
      .map(({ about, message }) => [about, message] as const)
    const moves = warnings.length > 0 || Object.values(row).some((value) => typeof value === 'number' && value !== 0)
    return moves ? [{ ...row, warnings: Object.fromEntries(warnings) }] : []
  })
}
