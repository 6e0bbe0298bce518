import type { RunEvent, RunTotals, StageCounters, StageState } from '@millrace/core'

/** The stages that people see; planning is shown as part of extraction. */
export const SHOWN_STAGES = ['extraction', 'transform', 'embedding'] as const
export type ShownStage = (typeof SHOWN_STAGES)[number]

/** One bar. */
export interface StageProgress {
  readonly step: string
  readonly displayName: string
  readonly stage: ShownStage
  readonly state: StageState
  /** May still grow while the stage before it runs. */
  readonly planned: number
  readonly done: number
  readonly dead: number
  /** Since we saw it start, until we saw it end. */
  readonly elapsedMs: number
  /** What was settled while we looked, per second. */
  readonly ratePerSecond: number
  /** When we saw it start and end, and how much was settled at the start. */
  readonly seen: { readonly fromMs: number; readonly settled: number; readonly untilMs?: number } | undefined
}

/** What people are shown of one run, or of several at once. */
export interface ShownProgress {
  readonly elapsedMs: number
  readonly stages: readonly StageProgress[]
  readonly totals: RunTotals
}

/** What one knows of a run, folded from its events. */
export interface Progress extends ShownProgress {
  readonly runId: number
  readonly startedMs: number
}

const NOTHING: RunTotals = {
  apiCalls: 0,
  bytesReceived: 0,
  rowsWritten: 0,
  rowsRemoved: 0,
  embedded: 0,
  embeddingsQueued: 0,
  peakMemoryBytes: 0,
}

/** Takes the next event of a run into account. Pure; `nowMs` is any clock that only grows. */
export function followProgress(before: Progress | undefined, event: RunEvent, nowMs: number): Progress {
  const known = before ?? { runId: event.runId, startedMs: nowMs, elapsedMs: 0, stages: [], totals: NOTHING }
  const at = { ...known, elapsedMs: nowMs - known.startedMs }
  switch (event.type) {
    case 'run-started':
    case 'status': {
      const steps = Object.entries(event.status.steps).sort(([, left], [, right]) => left.order - right.order)
      const stages = steps.flatMap(([step, shown]) =>
        SHOWN_STAGES.map((stage) => {
          const old = known.stages.find((found) => found.step === step && found.stage === stage)
          const fresh = { step, displayName: shown.display_name, stage, planned: 0, done: 0, dead: 0, seen: undefined }
          return timed({ ...fresh, ...old, state: stateAfter(old?.state, shown[stage]) }, nowMs)
        }),
      )
      return { ...at, stages }
    }
    case 'progress':
      return { ...at, totals: event.totals, stages: known.stages.map((old) => counted(old, event.counters, nowMs)) }
    case 'run-finished': {
      const { counters, totals } = event.summary
      return { ...at, totals, stages: known.stages.map((old) => counted(old, counters, nowMs)) }
    }
  }
}

function counted(old: StageProgress, counters: readonly StageCounters[], nowMs: number): StageProgress {
  const of = (stage: StageCounters['stage']) => counters.find((row) => row.step === old.step && row.stage === stage)
  const row = of(old.stage)
  if (!row) return old
  const { planned, done, dead } = row
  const planning = old.stage === 'extraction' && of('plan')?.state === 'running'
  return timed({ ...old, planned, done, dead, state: stateAfter(old.state, planning ? 'running' : row.state) }, nowMs)
}

/** A step that is planned and waits for units which other steps may spawn is under way, not idle again. */
function stateAfter(before: StageState | undefined, now: StageState): StageState {
  return before === 'running' && now === 'idle' ? 'running' : now
}

/** A stage that was over before we looked has no duration that we could tell. */
function timed(stage: Omit<StageProgress, 'elapsedMs' | 'ratePerSecond'>, nowMs: number): StageProgress {
  const settled = stage.done + stage.dead
  const over = stage.state === 'finished' || stage.state === 'failed'
  let { seen } = stage
  if (!seen && stage.state === 'running') seen = { fromMs: nowMs, settled }
  if (seen && over && seen.untilMs === undefined) seen = { ...seen, untilMs: nowMs }
  const elapsedMs = seen ? (seen.untilMs ?? nowMs) - seen.fromMs : 0
  const ratePerSecond = seen && elapsedMs > 0 ? ((settled - seen.settled) * 1000) / elapsedMs : 0
  return { ...stage, seen, elapsedMs, ratePerSecond }
}
