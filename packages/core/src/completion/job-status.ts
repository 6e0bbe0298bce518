import type { RunGraph, StageCounters, StageState } from './run-graph.ts'

/** READY = never run or reset; FINISHED and FAILED stay until the next run starts. */
export type Overall = 'READY' | 'RUNNING' | 'FINISHED' | 'FAILED'

/** The document in `etl_jobs.status`, announced as a whole whenever a stage or `overall` changes. */
export interface JobStatus {
  readonly overall: Overall
  /** Grows with every change, so that a late announcement is recognized. */
  readonly revision: number
  /** Dead rows of the job, of this run and earlier ones, that nobody requeued, discarded or adopted. */
  readonly open_dead_letters: number
  readonly steps: {
    readonly [step: string]: {
      readonly order: number
      readonly display_name: string
      readonly extraction: StageState
      readonly transform: StageState
      readonly embedding: StageState
    }
  }
}

/** Renders the document from a run's graph and counters. */
export function jobStatus(
  overall: Overall,
  revision: number,
  graph: RunGraph,
  counters: readonly StageCounters[],
  openDeadLetters = 0,
): JobStatus {
  const state = (step: string, stage: StageCounters['stage']): StageState =>
    counters.find((row) => row.step === step && row.stage === stage)?.state ?? 'idle'
  const steps = graph.steps.map((step) => [
    step.name,
    {
      order: step.order,
      display_name: step.displayName,
      extraction: state(step.name, 'plan') === 'running' ? 'running' : state(step.name, 'extraction'),
      transform: state(step.name, 'transform'),
      embedding: state(step.name, 'embedding'),
    },
  ])
  return { overall, revision, open_dead_letters: openDeadLetters, steps: Object.fromEntries(steps) }
}
