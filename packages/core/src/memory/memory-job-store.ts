import type { Clock } from '../ports/clock.ts'
import type { Integration, Job, JobStore } from '../ports/job-store.ts'
import type { StartRun } from '../ports/ledger.ts'
import { RUN_MODES } from '../ports/run-mode.ts'
import { type JobSchedule, nextRunAt } from '../schedule/next-run-at.ts'
import { systemClock } from '../system/system-clock.ts'

type Mutable<Shape> = { -readonly [Key in keyof Shape]: Shape[Key] }

/** What a job store in memory knows of a job's runs. */
export interface JobRuns extends Omit<JobSchedule, 'active' | 'scheduleIntervalMinutes' | 'retryIntervalMinutes'> {
  readonly running: boolean
  /** Null: never, until the job or its integration changes. */
  readonly nextRunAt: Date | null
  /** Failures since the last run that finished. */
  readonly retryCount: number
  /** Why the job was skipped the last time it was due. */
  readonly note: string | null
}

/** Jobs in memory, and what the memory ledger tells about their runs. */
export interface MemoryJobStore extends JobStore {
  /** A run starts; of one with a claim, only while that claim is the job's. @returns whether it may */
  runStarted(run: Pick<StartRun, 'jobId' | 'mode' | 'claimedUntil'>): boolean
  runEnded(
    jobId: number,
    end: { readonly state: 'finished' | 'failed' | 'cancelled'; readonly retrySoon: boolean },
  ): void
  runs(jobId: number): JobRuns
  /** Switches a job on or off; the run that it has, if any, is the ledger's to cancel. */
  setJobActive(jobId: number, active: boolean): void
  setIntegrationActive(integrationId: number, active: boolean): void
}

const NEVER_RAN: JobRuns = {
  running: false,
  nextRunAt: null,
  lastRunStartedAt: null,
  lastRunFinishedAt: null,
  retrySoon: false,
  retryCount: 0,
  note: null,
}

/** Jobs and integrations given once, for programs that run a job by themselves. Active jobs are due at once. */
export function memoryJobStore(
  content: { readonly jobs: readonly Job[]; readonly integrations: readonly Integration[] },
  clock: Clock = systemClock,
): MemoryJobStore {
  const now = (): Date => new Date(clock.now())
  const jobs = content.jobs.map((job): Mutable<Job> => ({ ...job }))
  const integrations = content.integrations.map((found): Mutable<Integration> => ({ ...found }))
  const known = new Map<number, Mutable<JobRuns>>()
  for (const job of jobs) {
    known.set(job.id, { ...NEVER_RAN, nextRunAt: nextRunAt({ ...NEVER_RAN, ...job }, now()) })
  }
  const runsOf = (jobId: number): Mutable<JobRuns> => known.get(jobId) ?? { ...NEVER_RAN }

  return {
    job: async (tenantId, jobId) => {
      const found = jobs.find((job) => job.id === jobId && job.tenantId === tenantId)
      return found && { ...found }
    },
    integration: async (tenantId, integrationId) => {
      const found = integrations.find((other) => other.id === integrationId && other.tenantId === tenantId)
      return found && { ...found }
    },

    claimDue: async ({ connectors, limit, holdMs }) => {
      const overdueMs = (job: Job): number => {
        const runs = runsOf(job.id)
        if (!job.active || job.integrationId === null || runs.running || !runs.nextRunAt) return -1
        return clock.now() - runs.nextRunAt.getTime()
      }
      const due = jobs
        .filter((job) => overdueMs(job) >= (connectors.includes(job.connector) ? 0 : holdMs))
        .sort((left, right) => overdueMs(right) - overdueMs(left) || left.id - right.id)
        .slice(0, limit)
      return due.map((job) => {
        const claimedUntil = new Date(clock.now() + holdMs)
        runsOf(job.id).nextRunAt = claimedUntil
        return { job: { ...job }, claimedUntil }
      })
    },
    skip: async ({ job, claimedUntil }, { note, soon }) => {
      const runs = runsOf(job.id)
      if (runs.running || runs.nextRunAt?.getTime() !== claimedUntil.getTime()) return false
      const minutes = soon ? job.retryIntervalMinutes : job.scheduleIntervalMinutes
      Object.assign(runs, { note, nextRunAt: new Date(clock.now() + minutes * 60_000) })
      return true
    },

    runStarted: ({ jobId, mode, claimedUntil }) => {
      const runs = runsOf(jobId)
      if (claimedUntil && runs.nextRunAt?.getTime() !== claimedUntil.getTime()) return false
      Object.assign(runs, { running: true, note: null })
      if (RUN_MODES[mode].movesWatermark) runs.lastRunStartedAt = now()
      return true
    },
    runEnded: (jobId, { state, retrySoon }) => {
      const runs = runsOf(jobId)
      const job = jobs.find((found) => found.id === jobId)
      Object.assign(runs, { running: false, lastRunFinishedAt: now(), retrySoon })
      if (state === 'failed') runs.retryCount += 1
      if (state === 'finished') runs.retryCount = 0
      runs.nextRunAt = job ? nextRunAt({ ...job, ...runs }, now()) : null
    },
    runs: (jobId) => ({ ...runsOf(jobId) }),

    setJobActive: (jobId, active) => {
      for (const job of jobs.filter((found) => found.id === jobId)) job.active = active
      Object.assign(runsOf(jobId), { nextRunAt: active ? now() : null, note: null })
    },
    setIntegrationActive: (integrationId, active) => {
      for (const found of integrations.filter(({ id }) => id === integrationId)) found.active = active
      if (!active) return
      for (const job of jobs.filter((found) => found.integrationId === integrationId && found.active)) {
        Object.assign(runsOf(job.id), { nextRunAt: now(), note: null })
      }
    },
  }
}
