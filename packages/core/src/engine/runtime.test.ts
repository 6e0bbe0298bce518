import { filter, firstValueFrom, lastValueFrom, map, merge, Subject, tap, toArray } from 'rxjs'
import { expect, test } from 'vitest'
import { MillraceError } from '../errors/millrace-error.ts'
import type { LedgerChange } from '../ports/ledger.ts'
import { systemClock } from '../system/system-clock.ts'
import { virtualClock } from '../testing/virtual-clock.ts'
import type { RunEvent } from './run-events.ts'
import { answer, PAGES, pagedTracker, pages } from './testing/paged-tracker.ts'

/** Never answers, as a slow provider, until it is aborted. */
function hang(signal: AbortSignal): Promise<Response> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
  })
}

test('a process that stops hands its rows back, and the next one goes on at the last committed page', async () => {
  const asked: string[] = []
  let hanging: () => void = () => undefined
  const stuck = new Promise<void>((resolve) => {
    hanging = resolve
  })
  let slow = true
  const { runtime, ledger, loader } = pagedTracker(async (url, signal) => {
    asked.push(url.split('/').at(-1) ?? '')
    if (!slow || !url.endsWith('/2')) return answer(url)
    hanging()
    return hang(signal)
  })
  const first = runtime()
  await first.start()
  const run = await first.startRun({ tenantId: 1, jobId: 1, maxAttempts: 1 })
  await stuck
  await expect.poll(() => loader.rows(pages)).toHaveLength(1)
  await first.stop()
  expect((await ledger.run(run.runId))?.state).toBe('running')

  slow = false
  const second = runtime()
  await second.start()
  const last = await firstValueFrom(second.events(run).pipe(filter((event) => event.type === 'run-finished')))
  await second.stop()
  expect(last.summary).toMatchObject({ state: 'finished', failures: [] })
  expect(asked).toEqual(['1', '2', '2', '3'])
  expect(loader.rows(pages)).toHaveLength(PAGES)
})

test('cancelling aborts the request in flight and leaves the job ready', async () => {
  let aborted: () => void = () => undefined
  const abort = new Promise<void>((resolve) => {
    aborted = resolve
  })
  let asked: () => void = () => undefined
  const request = new Promise<void>((resolve) => {
    asked = resolve
  })
  const { runtime, ledger } = pagedTracker(async (_url, signal) => {
    signal.addEventListener('abort', () => aborted())
    asked()
    return hang(signal)
  })
  const running = runtime()
  await running.start()
  const run = await running.startRun({ tenantId: 1, jobId: 1 })
  await request
  await expect(running.cancelRun({ ...run, tenantId: 2 })).rejects.toMatchObject({ code: 'RUN_UNKNOWN' })
  await running.cancelRun(run)
  await abort
  await running.stop()
  expect(await ledger.run(run.runId)).toMatchObject({ state: 'cancelled', status: { overall: 'READY' } })
})

test('a row that must wait for a rate limit holds no worker and loses no attempt', async () => {
  const retryAt = new Date(systemClock.now() + 3_600_000)
  const { runtime, ledger } = pagedTracker(async () => {
    throw new MillraceError('RATE_LIMITED', { message: 'Failed to fetch: wait an hour.', retryAt })
  })
  const running = runtime()
  await running.start()
  const { runId } = await running.startRun({ tenantId: 1, jobId: 1, maxAttempts: 1 })
  await firstValueFrom(ledger.changes.pipe(filter((change) => change.kind === 'work')))
  await running.stop()
  const run = await ledger.run(runId)
  expect(run?.state).toBe('running')
  expect(run?.counters.find((row) => row.stage === 'extraction')).toMatchObject({ planned: 1, done: 0, dead: 0 })
})

test('a job that runs already is refused', async () => {
  const { runtime } = pagedTracker((_url, signal) => hang(signal))
  const running = runtime()
  await running.startRun({ tenantId: 1, jobId: 1 })
  await expect(running.startRun({ tenantId: 1, jobId: 1 })).rejects.toMatchObject({ code: 'RUN_REFUSED' })
  await expect(running.startRun({ tenantId: 2, jobId: 1 })).rejects.toMatchObject({ code: 'RUN_REFUSED' })
})

const away = async (): Promise<never> => {
  throw new MillraceError('DATABASE_UNAVAILABLE', { message: 'Failed to reach the database: it restarts.' })
}

test('whoever watches a run does not notice that the ledger is away for a moment', async () => {
  let looks = 0
  const { runtime, ledger } = pagedTracker(async (url) => answer(url))
  const running = runtime({ run: async (runId) => (++looks === 1 ? away() : ledger.run(runId)) })
  await running.start()
  const started = await running.startRun({ tenantId: 1, jobId: 1 })
  const last = await firstValueFrom(running.events(started).pipe(filter((event) => event.type === 'run-finished')))
  expect(looks).toBeGreaterThan(1)
  expect(last.summary.state).toBe('finished')
  await running.stop()
})

test('a failure of the ledger that time does not cure reaches whoever watches', async () => {
  const { runtime } = pagedTracker(async (url) => answer(url))
  const run = async (): Promise<never> => {
    throw new MillraceError('SCHEMA_MISMATCH', { message: 'Failed to use the database: it is older.' })
  }
  await expect(firstValueFrom(runtime({ run }).events({ runId: 1, tenantId: 1 }))).rejects.toMatchObject({
    code: 'SCHEMA_MISMATCH',
  })
})

test('a sweep that never ends does not keep the worker from being alive', async () => {
  const clock = virtualClock()
  let beats = 0
  const { runtime } = pagedTracker(async (url) => answer(url), clock)
  const running = runtime({
    heartbeat: async () => {
      beats += 1
      return 'work'
    },
    sweep: () => new Promise(() => undefined),
    exclusive: false,
  })
  await running.start()
  await clock.advance(20_000)
  expect(beats).toBeGreaterThanOrEqual(4)
})

test('stopping ends also when the ledger is away', async () => {
  const { runtime } = pagedTracker(async (url) => answer(url))
  const running = runtime({ retire: away })
  await running.start()
  await expect(running.stop()).resolves.toBeUndefined()
})

test('watching a run that does not exist, or is of another tenant, is an error, not a wait', async () => {
  const { runtime } = pagedTracker((_url, signal) => hang(signal))
  const running = runtime()
  const foreign = { ...(await running.startRun({ tenantId: 1, jobId: 1 })), tenantId: 2 }
  for (const run of [{ runId: 99, tenantId: 1 }, foreign]) {
    await expect(firstValueFrom(running.events(run))).rejects.toMatchObject({ code: 'RUN_UNKNOWN' })
  }
})

const runsThatFinished = (events: readonly RunEvent[]): readonly number[] =>
  events.flatMap((event) => (event.type === 'run-finished' ? [event.runId] : []))

test('whoever watches a tenant is told of its runs, whoever began them, and of no other one, until the runtime has stopped', async () => {
  const { runtime } = pagedTracker(async (url) => answer(url))
  const watching = runtime()
  const events: RunEvent[] = []
  const watched = lastValueFrom(
    watching.allEvents({ tenantId: 1 }).pipe(
      tap((event) => events.push(event)),
      toArray(),
    ),
  )
  const working = runtime()
  await working.start()
  const begin = async (tenantId: number): Promise<number> => {
    const run = await working.startRun({ tenantId, jobId: tenantId })
    const finished = working.events(run).pipe(filter((event) => event.type === 'run-finished'))
    return firstValueFrom(finished.pipe(map(({ runId }) => runId)))
  }
  const [first] = [await begin(1), await begin(2)]
  const last = await begin(1)
  await expect.poll(() => runsThatFinished(events), { timeout: 30_000 }).toEqual([first, last])
  expect(new Set(events.map(({ runId }) => runId))).toEqual(new Set([first, last]))

  await working.stop()
  await watching.stop()
  expect(await watched).toEqual(events)
  expect(await lastValueFrom(watching.allEvents({ tenantId: 1 }).pipe(toArray()))).toEqual([])
})

test('whoever works on a run that was begun before sees it without a change of its stages', async () => {
  const { runtime, ledger } = pagedTracker((url, signal) =>
    url.endsWith('/1') ? Promise.resolve(answer(url)) : hang(signal),
  )
  const first = runtime()
  await first.start()
  const { runId } = await first.startRun({ tenantId: 1, jobId: 1 })
  const loaded = async () => (await ledger.run(runId))?.totals.rowsWritten
  await expect.poll(loaded, { timeout: 30_000 }).toBe(1)
  await first.stop()

  const second = runtime()
  const seen = firstValueFrom(second.allEvents({ tenantId: 1 }).pipe(filter((event) => event.type === 'progress')))
  await second.start()
  expect((await seen).totals.rowsWritten).toBe(1)
  await second.stop()
})

test('whoever watches a tenant waits for a ledger that is away for minutes', async () => {
  const clock = virtualClock()
  let isAway = true
  const { runtime, ledger } = pagedTracker(async (url) => answer(url), clock)
  const watching = runtime({ run: async (runId) => (isAway ? away() : ledger.run(runId)) })
  const events: RunEvent[] = []
  watching.allEvents({ tenantId: 1 }).subscribe((event) => events.push(event))
  const working = runtime()
  await working.start()
  const { runId } = await working.startRun({ tenantId: 1, jobId: 1 })
  await clock.advance(600_000)
  expect(events).toEqual([])
  isAway = false
  await clock.advance(2_000)
  expect(runsThatFinished(events)).toEqual([runId])
  await clock.run(Promise.all([working.stop(), watching.stop()]))
})

test('whoever watches a tenant goes on when a look fails of something else, and hears of no run that was over before', async () => {
  const clock = virtualClock()
  const { runtime, ledger } = pagedTracker(async (url) => answer(url), clock)
  const working = runtime()
  await working.start()
  const begin = async (): Promise<number> => {
    const run = await working.startRun({ tenantId: 1, jobId: 1 })
    await clock.run(lastValueFrom(working.events(run)))
    return run.runId
  }
  const old = await begin()
  await clock.advance(3_600_000)

  const announced = new Subject<LedgerChange>()
  let failing = 3
  const watching = runtime({
    changes: merge(ledger.changes, announced),
    run: async (runId) => {
      if (runId !== old && failing-- > 0) throw new Error('canceling statement due to statement timeout')
      return ledger.run(runId)
    },
  })
  const events: RunEvent[] = []
  watching.allEvents({ tenantId: 1 }).subscribe((event) => events.push(event))
  announced.next({ kind: 'status', runId: old })
  const fresh = await begin()
  await clock.advance(10_000)
  expect(runsThatFinished(events)).toEqual([fresh])
  await clock.run(Promise.all([working.stop(), watching.stop()]))
})

test('looks that take long are followed by one, and not by as many as there were seconds', async () => {
  const clock = virtualClock()
  const { runtime, ledger } = pagedTracker((_url, signal) => hang(signal), clock)
  const working = runtime()
  await working.start()
  const { runId } = await working.startRun({ tenantId: 1, jobId: 1 })
  let looks = 0
  const watching = runtime({
    run: async (id) => {
      looks += 1
      if (looks === 1) await clock.sleep(60_000)
      return ledger.run(id)
    },
  })
  const events: RunEvent[] = []
  const watched = watching.events({ runId, tenantId: 1 }).subscribe((event) => events.push(event))
  await clock.advance(60_500)
  expect(looks).toBeLessThanOrEqual(3)
  expect(events.map(({ type }) => type)).toContain('progress')
  watched.unsubscribe()
  await clock.run(Promise.all([working.stop(), watching.stop()]))
})

test('after an outage of the ledger, nobody is taken for dead before everybody could say that they live', async () => {
  const clock = virtualClock()
  let away = false
  let silences: (number | null)[] = []
  const { runtime } = pagedTracker(async (url) => answer(url), clock)
  const beating = runtime({
    exclusive: false,
    heartbeat: async () => {
      if (away) throw new Error('the ledger is away')
      return 'work'
    },
    sweep: async ({ staleAfterMs }) => {
      silences.push(staleAfterMs)
      return { released: 0, buried: 0, advanced: 0 }
    },
  })
  await beating.start()
  // Who has just begun cannot know whether everybody else was kept from saying that they live.
  await clock.advance(19_000)
  expect(new Set(silences)).toEqual(new Set([null]))
  await clock.advance(11_000)
  expect(silences.at(-1)).toBe(20_000)
  // What another worker said last may be older than what this one did by one beat: of 20 s, 15 are enough.
  away = true
  await clock.advance(16_000)
  away = false
  silences = []
  await clock.advance(15_000)
  expect(silences.length).toBeGreaterThan(0)
  expect(new Set(silences)).toEqual(new Set([null]))
  await clock.advance(15_000)
  expect(silences.at(-1)).toBe(20_000)
  await clock.run(beating.stop())
})
