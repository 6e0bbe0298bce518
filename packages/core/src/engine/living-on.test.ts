import { filter, firstValueFrom } from 'rxjs'
import { expect, test } from 'vitest'
import { MillraceError } from '../errors/millrace-error.ts'
import type { Ledger } from '../ports/ledger.ts'
import type { Telemetry, TelemetryAttributes } from '../ports/telemetry.ts'
import { type VirtualClock, virtualClock } from '../testing/virtual-clock.ts'
import { answer, PAGES, type Provider, pagedTracker, pages } from './testing/paged-tracker.ts'

/** A tracker whose every stage is delivered. */
function warehouse(clock: VirtualClock, provider: Provider) {
  const tracker = pagedTracker(provider, clock)
  const runtime: typeof tracker.runtime = (over, options) =>
    tracker.runtime(over, { transformAtOnce: false, ...options })
  return { ...tracker, runtime }
}

async function answersAfter(clock: VirtualClock, ms: number, url: string, signal: AbortSignal): Promise<Response> {
  await clock.sleep(ms, signal)
  return answer(url)
}

test('a process that stops takes no more rows, lets those at work go on, and pauses a unit after its page', async () => {
  const clock = virtualClock()
  const asked: string[] = []
  const { runtime, ledger, loader, job } = warehouse(clock, (url, signal) => {
    asked.push(url)
    return answersAfter(clock, 2_000, url, signal)
  })
  const running = runtime()
  await running.start()
  const { runId } = await running.startRun(job)
  await clock.advance(1_000)
  expect(asked).toHaveLength(1)
  await clock.run(running.stop({ deadlineMs: 25_000 }))
  const extraction = (await ledger.run(runId))?.counters.find(({ stage }) => stage === 'transform')
  // The first page is stored, although its request was under way when stopping began; its transform is for others.
  expect(extraction).toMatchObject({ planned: 1, done: 0 })
  expect(loader.rows(pages)).toHaveLength(0)

  const next = runtime()
  await next.start()
  const finished = firstValueFrom(next.events({ ...job, runId }).pipe(filter((event) => event.type === 'run-finished')))
  expect((await clock.run(finished)).summary.state).toBe('finished')
  await clock.run(next.stop())
  expect(asked.filter((url) => url.endsWith('/1'))).toHaveLength(1)
  expect(loader.rows(pages)).toHaveLength(PAGES)
})

test('what is not done by the deadline is aborted and handed back, without losing an attempt', async () => {
  const clock = virtualClock()
  const { runtime, ledger, job } = warehouse(clock, (url, signal) => answersAfter(clock, 50_000, url, signal))
  const running = runtime()
  await running.start()
  await running.startRun(job)
  await clock.advance(1_000)
  const before = clock.now()
  await clock.run(running.stop({ deadlineMs: 5_000 }))
  expect(clock.now() - before).toBe(5_000)
  const [lease] = await ledger.claim({ workerId: 'next', jobTypes: ['extract'], limit: 1, leaseMs: 60_000 })
  expect(lease?.attempts).toBe(1)
})

test('a worker with nothing to do does not wait for the deadline', async () => {
  const clock = virtualClock()
  const { runtime } = warehouse(clock, async (url) => answer(url))
  const running = runtime()
  await running.start()
  const before = clock.now()
  await clock.run(running.stop({ deadlineMs: 25_000 }))
  expect(clock.now()).toBe(before)
})

test('a ledger that is away for minutes costs a row neither its attempts nor its lease', async () => {
  const clock = virtualClock()
  const { runtime, ledger, loader, job } = warehouse(clock, async (url) => answer(url))
  let awayUntil = 0
  const commit: Ledger['commit'] = async (lease, change) => {
    if (lease.jobType === 'extract' && awayUntil === 0) awayUntil = clock.now() + 180_000
    if (clock.now() < awayUntil) {
      throw new MillraceError('DATABASE_UNAVAILABLE', { message: 'Failed to reach the database: it restarts.' })
    }
    return ledger.commit(lease, change)
  }
  const running = runtime({ commit })
  await running.start()
  const { runId } = await running.startRun({ ...job, maxAttempts: 1 })
  const finished = firstValueFrom(
    running.events({ ...job, runId }).pipe(filter((event) => event.type === 'run-finished')),
  )
  const { summary } = await clock.run(finished)
  expect(summary).toMatchObject({ state: 'finished', failures: [] })
  expect(loader.rows(pages)).toHaveLength(PAGES)
  expect(clock.now()).toBeLessThan(awayUntil + 60_000)
  await clock.run(running.stop())
})

test('a refusal is told to all processes, and no request is sent before its time', async () => {
  const clock = virtualClock()
  const askedAt: number[] = []
  let refused = false
  const { runtime, budget, job } = warehouse(clock, async (url) => {
    askedAt.push(clock.now())
    if (!refused) {
      refused = true
      return new Response('', { status: 429, headers: { 'retry-after': '3600' } })
    }
    return answer(url)
  })
  const start = clock.now()
  const running = runtime()
  await running.start()
  const { runId } = await running.startRun(job)
  await clock.advance(5_000)
  const scope = { tenantId: job.tenantId, integrationId: 1, budget: 'extraction' } as const
  expect(budget.known(scope).blockedUntil?.getTime()).toBeGreaterThanOrEqual(start + 3_600_000)
  const finished = firstValueFrom(
    running.events({ ...job, runId }).pipe(filter((event) => event.type === 'run-finished')),
  )
  expect((await clock.run(finished)).summary.state).toBe('finished')
  expect(askedAt.filter((at) => at < start + 3_600_000)).toHaveLength(1)
  await clock.run(running.stop())
})

test('rows, requests and loads are told to telemetry, with whose they are and how they ended', async () => {
  const clock = virtualClock()
  const spans: { name: string; attributes: TelemetryAttributes; parent: string | undefined }[] = []
  const counted = new Map<string, number>()
  const open: string[] = []
  const telemetry: Telemetry = {
    async span(name, attributes, work) {
      const span = { name, attributes, parent: open.at(-1) }
      spans.push(span)
      open.push(name)
      try {
        return await work({
          set: (more) => {
            span.attributes = { ...span.attributes, ...more }
          },
          fail: () => undefined,
        })
      } finally {
        open.splice(open.lastIndexOf(name), 1)
      }
    },
    add: (name, value) => void counted.set(name, (counted.get(name) ?? 0) + value),
    record: () => undefined,
  }
  const { runtime, job } = warehouse(clock, async (url) => answer(url))
  const running = runtime({}, { telemetry, concurrency: { extract: 1, transform: 1 } })
  await running.start()
  const { runId } = await running.startRun(job)
  const finished = firstValueFrom(
    running.events({ ...job, runId }).pipe(filter((event) => event.type === 'run-finished')),
  )
  await clock.run(finished)
  await clock.run(running.stop())

  const named = (name: string) => spans.filter((span) => span.name === name)
  expect(named('millrace.extract')[0]?.attributes).toMatchObject({
    'millrace.tenant': 1,
    'millrace.run': runId,
    'millrace.step': 'tracker_pages',
    'millrace.outcome': 'done',
  })
  expect(named('millrace.http')).toHaveLength(PAGES)
  expect(named('millrace.load').map(({ parent }) => parent)).toContain('millrace.transform')
  expect(counted.get('millrace.pages')).toBe(PAGES)
  expect(counted.get('millrace.api.calls')).toBe(PAGES)
  expect(counted.get('millrace.rows')).toBe(named('millrace.plan').length + named('millrace.extract').length + PAGES)
})
