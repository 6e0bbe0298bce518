import { filter, firstValueFrom } from 'rxjs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineConnector } from '../contracts/connector.ts'
import { defineEntity } from '../contracts/entity.ts'
import { memoryLedger } from '../memory/memory-ledger.ts'
import { memoryLoader } from '../memory/memory-loader.ts'
import { systemClock } from '../system/system-clock.ts'
import { jobsOf } from '../testing/jobs-of.ts'
import { createRuntime, type StartOptions } from './runtime.ts'

const DAY_MS = 24 * 3_600_000
const cards = defineEntity({ name: 'cards', key: 'id', columns: z.object({ id: z.string() }) })

interface Site {
  cards: readonly string[]
  /** A card whose record the transformer cannot bear, until somebody improves it. */
  poison: string | undefined
  readonly asked: string[]
  now: number
}

function board(site: Site) {
  return defineConnector({
    name: 'board',
    entities: [cards],
    config: z.object({}),
    steps: (step) => {
      const ids = z.array(z.string())
      const read = step({
        name: 'board_cards',
        transformVersion: site.poison === undefined ? 2 : 1,
        body: ids,
        async *extract(_work, ctx) {
          const response = await ctx.fetch('http://localhost/cards')
          yield { body: await response.text(), next: null }
        },
        *transform({ body }) {
          for (const id of body) {
            if (id === site.poison) throw new RangeError(`cannot bear ${id}`)
            yield cards.upsert({ id })
          }
        },
      })
      const census = step({
        name: 'board_census',
        after: [read],
        body: ids,
        intervalMs: () => DAY_MS,
        async *extract(_work, ctx) {
          const response = await ctx.fetch('http://localhost/census')
          yield { body: await response.text(), next: null }
        },
        *transform({ body }) {
          yield cards.census(body)
        },
      })
      return [read, census]
    },
  })
}

/** A board whose cards tests change, and runs of its job, one after the other. */
function boardOf(...initial: readonly string[]) {
  const site: Site = { cards: initial, poison: undefined, asked: [], now: Date.now() }
  const clock = { ...systemClock, now: () => site.now }
  const jobStore = jobsOf('board')
  const loader = memoryLoader()
  const ledger = memoryLedger({ jobStore, clock })
  const fetch: typeof globalThis.fetch = async (url) => {
    site.asked.push(String(url).split('/').at(-1) ?? '')
    return Response.json(site.cards)
  }
  const runOnce = async (options: Partial<StartOptions> = {}) => {
    const runtime = createRuntime({ connectors: [board(site)], jobStore, ledger, loader, fetch, clock })
    await runtime.start()
    const run = await runtime.startRun({ tenantId: 1, jobId: 1, ...options })
    const { summary } = await firstValueFrom(runtime.events(run).pipe(filter((event) => event.type === 'run-finished')))
    await runtime.stop()
    return summary
  }
  return { site, runOnce, stored: () => loader.rows(cards).map((row) => row.external_id) }
}

test('what vanished at the source is found out by a census, which runs at its own interval', async () => {
  const { site, runOnce, stored } = boardOf('a', 'b', 'c')
  await runOnce()
  site.cards = ['a', 'c']
  site.now += DAY_MS / 2
  await runOnce()
  expect(stored().toSorted()).toEqual(['a', 'b', 'c'])
  site.now += DAY_MS
  await runOnce()
  expect(stored().toSorted()).toEqual(['a', 'c'])
  expect(site.asked).toEqual(['cards', 'census', 'cards', 'cards', 'census'])
})

test('a full sync counts anyway', async () => {
  const { site, runOnce, stored } = boardOf('a', 'b')
  await runOnce()
  site.cards = ['a']
  await runOnce({ mode: 'full' })
  expect(stored()).toEqual(['a'])
})

test('a census that removes suspiciously many rows fails its run with the reason, until it is allowed', async () => {
  const many = Array.from({ length: 200 }, (_, index) => `card ${index}`)
  const { site, runOnce, stored } = boardOf(...many)
  await runOnce()
  site.cards = many.slice(0, 100)
  site.now += DAY_MS
  const { state, failures } = await runOnce()
  expect([state, failures[0]?.failure.code]).toEqual(['failed', 'CENSUS_REFUSED'])
  expect(failures[0]?.failure.message).toContain('of 200 rows it misses 100 of them')
  expect(stored()).toHaveLength(200)
  expect(await runOnce({ allowDeletions: true })).toMatchObject({ state: 'finished' })
  expect(stored()).toHaveLength(100)
})

test('a record that died before a census and is transformed after it revives nothing that the census missed; what was never loaded comes, until the next one', async () => {
  const { site, runOnce, stored } = boardOf('kept', 'removed')
  site.poison = 'unheard of'
  expect(await runOnce()).toMatchObject({ state: 'finished' })
  site.cards = ['kept', 'removed', 'unheard of']
  expect(await runOnce()).toMatchObject({ state: 'failed' })

  site.cards = ['kept']
  site.now += DAY_MS
  await runOnce()
  expect(stored()).toEqual(['kept'])
  site.poison = undefined
  expect(await runOnce()).toMatchObject({ state: 'finished' })
  expect(stored().toSorted()).toEqual(['kept', 'unheard of'])
  site.now += DAY_MS
  await runOnce()
  expect(stored()).toEqual(['kept'])
})
