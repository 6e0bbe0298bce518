import type { JobDetails } from '#contract/jobs.ts'
import type { StageCounters } from '#contract/runs.ts'

/** What the part of the dialog knows that is special to a kind of account. */
export interface SpecialProps {
  readonly job: JobDetails
  /** Of the run that is under way, otherwise of the last one. */
  readonly counters: readonly StageCounters[]
}
