import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type JobSchedule, nextRunAt } from './next-run-at.ts'

const MINUTE = 60_000
const NOON = new Date('2025-03-30T12:00:00Z')
const minutes = (count: number): Date => new Date(NOON.getTime() + count * MINUTE)

const JOB: JobSchedule = {
  active: true,
  scheduleIntervalMinutes: 360,
  retryIntervalMinutes: 15,
  lastRunStartedAt: minutes(-60),
  lastRunFinishedAt: minutes(-30),
  retrySoon: false,
}

test('a job that never ran is due now', () => {
  expect(nextRunAt({ ...JOB, lastRunStartedAt: null, lastRunFinishedAt: null }, NOON)).toEqual(NOON)
})

test('an inactive job is not due', () => {
  expect(nextRunAt({ ...JOB, active: false }, NOON)).toBeNull()
})

test('a run is followed by the next one an interval after its start, however long it took', () => {
  expect(nextRunAt(JOB, NOON)).toEqual(minutes(300))
  expect(nextRunAt({ ...JOB, lastRunFinishedAt: minutes(-1) }, NOON)).toEqual(minutes(300))
})

test('a run that failed for a passing reason is tried again the retry interval after its end', () => {
  expect(nextRunAt({ ...JOB, lastRunFinishedAt: minutes(-5), retrySoon: true }, NOON)).toEqual(minutes(10))
})

test('what is overdue is due now', () => {
  expect(nextRunAt({ ...JOB, lastRunStartedAt: minutes(-5000) }, NOON)).toEqual(NOON)
  expect(nextRunAt({ ...JOB, lastRunFinishedAt: minutes(-5000), retrySoon: true }, NOON)).toEqual(NOON)
})

test('the clocks change and the schedule does not', () => {
  // In Berlin the night to 30 March 2025 has 23 hours.
  const before = new Date('2025-03-29T23:00:00+01:00')
  const daily = { ...JOB, scheduleIntervalMinutes: 1440, lastRunStartedAt: before }
  expect(nextRunAt(daily, before)).toEqual(new Date(before.getTime() + 1440 * MINUTE))
})

const schedules = fc
  .record({ schedule: fc.integer({ min: 2, max: 2_000 }), retryShare: fc.double({ min: 0, max: 1, noNaN: true }) })
  .map(({ schedule, retryShare }) => ({ schedule, retry: 1 + Math.floor(retryShare * (schedule - 2)) }))

/** Lives through runs of a job, each of which takes a while and may fail, with outages in which nothing starts. */
function live(
  { schedule, retry }: { readonly schedule: number; readonly retry: number },
  runs: readonly { readonly lasts: number; readonly fails: boolean; readonly outage: number }[],
) {
  let job: JobSchedule = {
    active: true,
    scheduleIntervalMinutes: schedule,
    retryIntervalMinutes: retry,
    lastRunStartedAt: null,
    lastRunFinishedAt: null,
    retrySoon: false,
  }
  let now = NOON
  return runs.map(({ lasts, fails, outage }) => {
    const before = job
    const asked = now
    const due = nextRunAt(job, now) ?? now
    const started = new Date(due.getTime() + outage * MINUTE)
    const finished = new Date(started.getTime() + lasts * MINUTE)
    job = { ...job, lastRunStartedAt: started, lastRunFinishedAt: finished, retrySoon: fails }
    now = finished
    return { before, asked, due, started, finished }
  })
}

const histories = fc.array(
  fc.record({ lasts: fc.nat(3_000), fails: fc.boolean(), outage: fc.oneof(fc.constant(0), fc.nat(10_000)) }),
  { minLength: 1, maxLength: 30 },
)

test('whatever happens, a job is due neither in the past nor later than its schedule says', () => {
  fc.assert(
    fc.property(schedules, histories, (intervals, history) => {
      for (const { before, asked, due } of live(intervals, history)) {
        expect(due >= asked).toBe(true)
        const latest = Math.max(before.lastRunStartedAt?.getTime() ?? 0, before.lastRunFinishedAt?.getTime() ?? 0)
        expect(due.getTime()).toBeLessThanOrEqual(Math.max(asked.getTime(), latest + intervals.schedule * MINUTE))
      }
    }),
  )
})

test('missed runs are made up for by one: two runs that finish are never less than an interval apart', () => {
  fc.assert(
    fc.property(schedules, histories, (intervals, history) => {
      const lived = live(
        intervals,
        history.map((run) => ({ ...run, fails: false })),
      )
      for (const [index, run] of lived.entries()) {
        const next = lived[index + 1]
        if (next)
          expect(next.started.getTime() - run.started.getTime()).toBeGreaterThanOrEqual(intervals.schedule * MINUTE)
      }
    }),
  )
})

test('without outages and long runs, starts do not drift: the n-th is n intervals after the first', () => {
  fc.assert(
    fc.property(
      schedules,
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }),
      (intervals, shares) => {
        const history = shares.map((share) => ({
          lasts: Math.floor(share * intervals.schedule),
          fails: false,
          outage: 0,
        }))
        for (const [index, { started }] of live(intervals, history).entries()) {
          expect(started).toEqual(minutes(index * intervals.schedule))
        }
      },
    ),
  )
})
