/** The stages a step goes through; `plan` enumerates its units and is shown to people as part of extraction. */
export const STAGES = ['plan', 'extraction', 'transform', 'embedding'] as const
export type Stage = (typeof STAGES)[number]

/** What a ledger row does, and the stage whose counters it moves. */
export const STAGE_OF_JOB_TYPE = {
  plan: 'plan',
  extract: 'extraction',
  transform: 'transform',
  embed: 'embedding',
} as const satisfies { readonly [jobType: string]: Stage }
export type JobType = keyof typeof STAGE_OF_JOB_TYPE

/** One step of a run, as it was when the run started. */
export interface GraphStep {
  readonly name: string
  readonly displayName: string
  readonly order: number
  readonly after: readonly string[]
  readonly spawns: readonly string[]
  /** Of the step's transformer; runs of older programs do not know it. */
  readonly transformVersion?: number
  /** Where the job's checkpoint lists units that are left unread. */
  readonly queueName?: string
}

/** The steps of a run; stored with it, so that a newer program finishes an older run as it was begun. */
export interface RunGraph {
  readonly steps: readonly GraphStep[]
}

export type StageState = 'idle' | 'running' | 'finished' | 'failed'

/**
 * Counters of one stage of one step in one run, one row of `etl_run_steps`. `planned` counts rows that were born, `done`
 * and `dead` rows that settled; a stage's rows are settled when planned = done + dead.
 */
export interface StageCounters {
  readonly step: string
  readonly stage: Stage
  readonly state: StageState
  readonly planned: number
  readonly done: number
  readonly dead: number
}
