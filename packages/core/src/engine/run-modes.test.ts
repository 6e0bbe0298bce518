import { filter, firstValueFrom } from 'rxjs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineConnector } from '../contracts/connector.ts'
import type { Window } from '../contracts/context.ts'
import { defineEntity } from '../contracts/entity.ts'
import { memoryLedger } from '../memory/memory-ledger.ts'
import { memoryLoader } from '../memory/memory-loader.ts'
import { systemClock } from '../system/system-clock.ts'
import { jobsOf } from '../testing/jobs-of.ts'
import { createRuntime, type StartOptions } from './runtime.ts'

const pages = defineEntity({ name: 'pages', key: 'id', columns: z.object({ id: z.string() }) })
const MONTH = { from: new Date('2024-03-01T00:00:00Z'), to: new Date('2024-04-01T00:00:00Z') }

/** A job of two steps, one of which takes part in custom-fields syncs, and the windows that they were read in. */
function shop() {
  const read: { step: string; window: Window; fullSync: boolean }[] = []
  let failing = false
  const connector = defineConnector({
    name: 'shop',
    entities: [pages],
    config: z.object({}),
    overlapMs: 0,
    steps: (step) => {
      const named = (name: 'shop_fields' | 'shop_pages') =>
        step({
          name,
          ...(name === 'shop_fields' && { modes: ['incremental', 'full', 'custom_fields'] as const }),
          unit: z.object({ shelf: z.string() }),
          units: () => [{ shelf: 'A' }],
          async *extract(_work, ctx) {
            if (failing) throw new Error('the shop is closed')
            read.push({ step: name, window: ctx.window, fullSync: ctx.options.fullSync })
            yield { body: '[]', next: null }
          },
          *transform() {},
        })
      return [named('shop_fields'), named('shop_pages')]
    },
  })
  const jobStore = jobsOf('shop')
  const ledger = memoryLedger({ jobStore, clock: systemClock })
  const runtime = createRuntime({ connectors: [connector], jobStore, ledger, loader: memoryLoader() })
  let ready: Promise<void> | undefined
  /** Runs the job to its end, and tells what was read meanwhile. */
  const sync = async (options: Partial<StartOptions> = {}) => {
    read.length = 0
    ready ??= runtime.start()
    await ready
    const run = await runtime.startRun({ tenantId: 1, jobId: 1, maxAttempts: 1, ...options })
    const last = await firstValueFrom(runtime.events(run).pipe(filter((event) => event.type === 'run-finished')))
    return { reads: [...read], state: last.summary.state }
  }
  return {
    sync,
    stop: () => runtime.stop(),
    fail: (value: boolean) => {
      failing = value
    },
    start: (options: Partial<StartOptions>) => runtime.startRun({ tenantId: 1, jobId: 1, ...options }),
  }
}

test('a backfill reads its window, of steps that take part, and moves no watermark', async () => {
  const { sync, stop } = shop()
  const first = await sync()
  const until = first.reads.find(({ step }) => step === 'shop_pages')?.window.until
  expect((await sync({ mode: 'backfill', backfill: MONTH })).reads).toEqual([
    { step: 'shop_pages', window: { since: MONTH.from, until: MONTH.to }, fullSync: false },
  ])
  const next = await sync()
  expect(next.reads.find(({ step }) => step === 'shop_pages')?.window.since).toEqual(until)
  await stop()
})

test('a backfill of a job that never ran leaves everything to read for the next run', async () => {
  const { sync, stop } = shop()
  await sync({ mode: 'backfill', backfill: MONTH })
  const next = await sync()
  expect(next.reads.map(({ window }) => window.since)).toEqual([undefined, undefined])
  await stop()
})

test('a backfill that failed is finished by the next run, in its window, beside what that run reads itself', async () => {
  const { sync, stop, fail } = shop()
  await sync()
  fail(true)
  expect((await sync({ mode: 'backfill', backfill: MONTH })).state).toBe('failed')
  fail(false)
  const { reads, state } = await sync({ mode: 'full' })
  const windows = reads.filter(({ step }) => step === 'shop_pages').map(({ window }) => window.since)
  expect(windows).toHaveLength(2)
  expect(windows).toEqual(expect.arrayContaining([MONTH.from, undefined]))
  expect(state).toBe('finished')
  await stop()
})

test('a full sync reads everything and says so; the next run starts where it ended', async () => {
  const { sync, stop } = shop()
  await sync()
  const full = await sync({ mode: 'full' })
  expect(full.reads.map(({ window, fullSync }) => [window.since, fullSync])).toEqual([
    [undefined, true],
    [undefined, true],
  ])
  const next = await sync()
  expect(next.reads.map(({ window }) => window.since)).toEqual(full.reads.map(({ window }) => window.until))
  await stop()
})

test('a custom-fields sync runs the steps that name it and moves no watermark', async () => {
  const { sync, stop } = shop()
  const first = await sync()
  const only = await sync({ mode: 'custom_fields' })
  expect(only.reads.map(({ step, window }) => [step, window.since])).toEqual([['shop_fields', undefined]])
  const next = await sync()
  expect(next.reads.map(({ window }) => window.since)).toEqual(first.reads.map(({ window }) => window.until))
  await stop()
})

test('a run may name the steps that it consists of', async () => {
  const { sync, stop } = shop()
  expect((await sync({ steps: ['shop_pages'] })).reads.map(({ step }) => step)).toEqual(['shop_pages'])
  await stop()
})

test.each([
  ['a backfill without a window', { mode: 'backfill' }, 'INVALID_CONFIG', 'window'],
  ['a window without a backfill', { backfill: MONTH }, 'INVALID_CONFIG', 'window'],
  [
    'a window that ends before it begins',
    { mode: 'backfill', backfill: { from: MONTH.to, to: MONTH.from } },
    'INVALID_CONFIG',
    'begin',
  ],
  ['a batch of nothing', { batchSize: 0 }, 'INVALID_CONFIG', 'batchSize'],
  ['a step that is not there', { steps: ['shop_cellar'] }, 'INVALID_CONFIG', 'shop_fields, shop_pages'],
  ['steps that take no part', { mode: 'custom_fields', steps: ['shop_pages'] }, 'RUN_REFUSED', 'no step'],
] as const)('%s is refused in one sentence', async (_name, options, code, words) => {
  const failure = shop().start(options)
  await expect(failure).rejects.toMatchObject({ code })
  await expect(failure).rejects.toThrow(words)
})
