import { firstValueFrom } from 'rxjs'
import { expect, test } from 'vitest'
import { MillraceError } from '../errors/millrace-error.ts'
import { silentLogger } from '../logging/silent-logger.ts'
import { memoryLedger } from '../memory/memory-ledger.ts'
import type { DueJob, JobStore } from '../ports/job-store.ts'
import type { RunRef } from '../ports/ledger.ts'
import { jobsOf } from '../testing/jobs-of.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { virtualClock } from '../testing/virtual-clock.ts'
import { type ScheduleRound, scheduler } from './scheduler.ts'

const MINUTE = 60_000
const GRAPH = { steps: [{ name: 'pages', displayName: 'Pages', order: 1, after: [], spawns: [] }] }

/** A job that is due, on a ledger whose runs a test ends by hand. */
function town(connector = 'shop') {
  const clock = virtualClock()
  const jobStore = jobsOf(connector, { clock })
  const ledger = memoryLedger({ jobStore, clock })
  const started: RunRef[] = []
  const startRun = async ({ job: { id: jobId, tenantId }, claimedUntil }: DueJob): Promise<RunRef> => {
    const run = await ledger.startRun({ jobId, tenantId, graph: GRAPH, mode: 'incremental', options: {}, claimedUntil })
    started.push(run)
    return run
  }
  const options = (over: Partial<JobStore> = {}, start = startRun) => ({
    jobStore: { ...jobStore, ...over },
    startRun: start,
    connectors: ['shop'],
    clock,
    random: seededRandom(1),
    log: silentLogger,
  })
  /** Settles the only row of the run that is under way. */
  const end = async (transient?: boolean): Promise<void> => {
    const [lease] = await ledger.claim({ workerId: 'w', jobTypes: ['plan'], limit: 1, leaseMs: MINUTE })
    if (!lease) throw new Error('nothing runs')
    const failure = { code: 'HTTP_TIMEOUT', message: 'Failed to fetch.', transient: transient ?? false } as const
    await ledger.commit(lease, { row: transient === undefined ? { to: 'done' } : { to: 'dead', failure } })
  }
  return { clock, jobStore, ledger, started, startRun, options, end }
}

function watch(options: Parameters<typeof scheduler>[0]) {
  const rounds: ScheduleRound[] = []
  const subscription = scheduler(options).subscribe((round) => rounds.push(round))
  return { rounds, stop: () => subscription.unsubscribe() }
}

test('a job that is due is started at once, and again an interval after its start', async () => {
  const { clock, started, options, end } = town()
  const { stop } = watch(options())
  await clock.advance(0)
  expect(started).toHaveLength(1)
  await clock.advance(20 * MINUTE)
  await end()
  await clock.advance(39 * MINUTE)
  expect(started).toHaveLength(1)
  await clock.advance(MINUTE + 10_000)
  expect(started).toHaveLength(2)
  stop()
})

test('a run that takes longer than the interval is followed by one other run, not by all that were missed', async () => {
  const { clock, started, options, end } = town()
  const { stop } = watch(options())
  await clock.advance(500 * MINUTE)
  expect(started).toHaveLength(1)
  await end()
  await clock.advance(MINUTE)
  expect(started).toHaveLength(2)
  await end()
  await clock.advance(50 * MINUTE)
  expect(started).toHaveLength(2)
  stop()
})

test('a run that failed for a passing reason is tried again soon, and failures in a row are counted', async () => {
  const { clock, started, jobStore, options, end } = town()
  const { stop } = watch(options())
  await clock.advance(0)
  await end(true)
  expect(jobStore.runs(1)).toMatchObject({ retryCount: 1, retrySoon: true })
  await clock.advance(15 * MINUTE + 10_000)
  expect(started).toHaveLength(2)
  await end(false)
  expect(jobStore.runs(1)).toMatchObject({ retryCount: 2, retrySoon: false })
  await clock.advance(30 * MINUTE)
  expect(started).toHaveLength(2)
  stop()
})

test('a job that runs when it is due is left alone and burns no retry', async () => {
  const { clock, jobStore, startRun, options, started } = town()
  // A person starts it between the scheduler's claim and its start.
  const late = async (claim: DueJob) => {
    await startRun({ ...claim })
    return startRun(claim)
  }
  const { rounds, stop } = watch(options({}, late))
  await clock.advance(10 * MINUTE)
  expect(started).toHaveLength(1)
  expect(rounds.every((round) => round.skipped.length === 0)).toBe(true)
  expect(jobStore.runs(1)).toMatchObject({ running: true, retryCount: 0, note: null })
  stop()
})

test('an inactive integration skips its job with a note, and activating it makes the job due', async () => {
  const { clock, jobStore, started, options } = town()
  jobStore.setIntegrationActive(1, false)
  const { rounds, stop } = watch(options())
  await clock.advance(59 * MINUTE)
  expect(rounds.flatMap((round) => round.skipped)).toEqual([
    { jobId: 1, tenantId: 1, note: 'Failed to start job 1: its integration is inactive.' },
  ])
  expect(jobStore.runs(1).note).toContain('its integration is inactive')
  jobStore.setIntegrationActive(1, true)
  await clock.advance(10_000)
  expect(started).toHaveLength(1)
  expect(jobStore.runs(1).note).toBeNull()
  stop()
})

test('an inactive job is not started, until it is active', async () => {
  const { clock, jobStore, started, options } = town()
  jobStore.setJobActive(1, false)
  const { stop } = watch(options())
  await clock.advance(500 * MINUTE)
  expect(started).toHaveLength(0)
  jobStore.setJobActive(1, true)
  await clock.advance(10_000)
  expect(started).toHaveLength(1)
  stop()
})

test('a job of a connector that is not registered is left to others for a while, then skipped with a note', async () => {
  const { clock, jobStore, options } = town('unheard_of')
  const refuse = async (): Promise<RunRef> => {
    throw new MillraceError('RUN_REFUSED', { message: 'Failed to start job 1: its connector is not registered.' })
  }
  const { rounds, stop } = watch(options({}, refuse))
  await clock.advance(50_000)
  expect(rounds.flatMap((round) => round.skipped)).toEqual([])
  await clock.advance(10 * MINUTE)
  expect(rounds.flatMap((round) => round.skipped)).toHaveLength(1)
  expect(jobStore.runs(1).note).toContain('not registered')
  stop()
})

test('what is wrong with a job is noted and tried again after the retry interval, not all the time', async () => {
  const { clock, jobStore, options } = town()
  let tries = 0
  const fail = async (): Promise<RunRef> => {
    tries += 1
    throw new MillraceError('INVALID_CONFIG', { message: 'Failed to open the credentials: no key.' })
  }
  const { stop } = watch(options({}, fail))
  await clock.advance(14 * MINUTE)
  expect(tries).toBe(1)
  expect(jobStore.runs(1).note).toBe('Failed to open the credentials: no key.')
  await clock.advance(2 * MINUTE)
  expect(tries).toBe(2)
  stop()
})

test('a database that is away is waited for', async () => {
  const { clock, jobStore, started, options } = town()
  let looks = 0
  const claimDue: JobStore['claimDue'] = async (request) => {
    if (++looks <= 3) throw new MillraceError('DATABASE_UNAVAILABLE', { message: 'Failed to reach the database.' })
    return jobStore.claimDue(request)
  }
  const { stop } = watch(options({ claimDue }))
  await clock.advance(MINUTE)
  expect(started).toHaveLength(1)
  stop()
})

test('of many schedulers one starts the job', async () => {
  const { clock, started, options } = town()
  const all = Array.from({ length: 5 }, () => watch(options()))
  await clock.advance(MINUTE)
  expect(started).toHaveLength(1)
  for (const { stop } of all) stop()
})

test('a scheduler that dies with a claim only delays the job', async () => {
  const { clock, started, options } = town()
  const dead = watch(options({}, () => new Promise(() => undefined)))
  await clock.advance(0)
  dead.stop()
  const { stop } = watch(options())
  await clock.advance(30_000)
  expect(started).toHaveLength(0)
  await clock.advance(40_000)
  expect(started).toHaveLength(1)
  stop()
})

test('a scheduler that is stopped starts no other job, and leaves it to be claimed again', async () => {
  const { clock, jobStore, options, started, startRun } = town()
  const [claim] = await jobStore.claimDue({ connectors: ['shop'], limit: 1, holdMs: 0 })
  if (!claim) throw new Error('the job is not due')
  let starts = 0
  const claimDue = async () => [claim, claim]
  const { stop } = watch(
    options({ claimDue }, async (due) => {
      starts += 1
      stop()
      return startRun(due)
    }),
  )
  await clock.advance(MINUTE)
  expect([starts, started.length]).toEqual([1, 1])
})

test('a scheduler that slept past its claim starts nothing', async () => {
  const { clock, jobStore, started, startRun, options, end } = town()
  const [claim] = await jobStore.claimDue({ connectors: ['shop'], limit: 1, holdMs: MINUTE })
  await clock.advance(MINUTE)
  await firstValueFrom(scheduler(options()))
  await end()
  expect(started).toHaveLength(1)
  await expect(startRun(claim as DueJob)).rejects.toMatchObject({ context: { reason: 'claim-lost' } })
  expect(await jobStore.skip(claim as DueJob, { note: 'too late', soon: true })).toBe(false)
})
