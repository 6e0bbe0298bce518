/** What decides when a job runs next. */
export interface JobSchedule {
  readonly active: boolean
  readonly scheduleIntervalMinutes: number
  readonly retryIntervalMinutes: number
  /** Of the last run that read what changed, or everything: a backfill or a replay shifts no schedule. Null: none did. */
  readonly lastRunStartedAt: Date | null
  readonly lastRunFinishedAt: Date | null
  /** Whether the last run failed for a reason that may pass by itself. */
  readonly retrySoon: boolean
}

const MINUTE_MS = 60_000

/**
 * When a job is due next; null when it is inactive.
 *
 * After a run that failed for a passing reason: its end plus the retry interval. Otherwise: the last start plus the
 * schedule's interval, so that the length of a run does not shift the schedule. What is overdue is due now, once: runs
 * that were missed while nothing ran are not made up for. All of it is UTC, so daylight saving moves nothing.
 */
export function nextRunAt(job: JobSchedule, now: Date): Date | null {
  if (!job.active) return null
  const due = dueAt(job)
  return due && due > now ? due : now
}

function dueAt(job: JobSchedule): Date | undefined {
  const { lastRunStartedAt: started, lastRunFinishedAt: finished } = job
  if (job.retrySoon && finished) return later(finished, job.retryIntervalMinutes)
  return started ? later(started, job.scheduleIntervalMinutes) : undefined
}

function later(time: Date, minutes: number): Date {
  return new Date(time.getTime() + minutes * MINUTE_MS)
}
