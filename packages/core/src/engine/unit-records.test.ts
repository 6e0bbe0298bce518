import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineConnector } from '../contracts/connector.ts'
import { defineEntity } from '../contracts/entity.ts'
import { memoryLedger } from '../memory/memory-ledger.ts'
import { memoryLoader } from '../memory/memory-loader.ts'
import { systemClock } from '../system/system-clock.ts'
import { type Fate, incarnation } from '../testing/incarnation.ts'
import { jobsOf } from '../testing/jobs-of.ts'
import { createRuntime } from './runtime.ts'

const books = defineEntity({
  name: 'books',
  key: 'id',
  columns: z.object({ id: z.string(), text: z.string(), pages: z.int() }),
})
const PAGES = ['once', 'upon', 'a', 'time', 'end']

/** A job whose only unit is a book that can be told only when all of its pages are there; and which pages were asked for. */
function library(pages: readonly string[] = PAGES) {
  const asked: number[] = []
  const connector = defineConnector({
    name: 'library',
    entities: [books],
    config: z.object({}),
    steps: (step) => [
      step({
        name: 'library_books',
        cursor: z.int(),
        body: z.object({ word: z.string() }),
        record: 'unit',
        async *extract({ from = 0 }) {
          for (let page = from; page < pages.length; page += 1) {
            asked.push(page)
            yield { body: JSON.stringify({ word: pages[page] }), next: page + 1 < pages.length ? page + 1 : null }
          }
        },
        *transform({ bodies }) {
          const text = bodies.map(({ word }) => word).join(' ')
          yield books.upsert({ id: 'book', text, pages: bodies.length })
        },
      }),
    ],
  })
  const jobStore = jobsOf('library')
  const ledger = memoryLedger({ jobStore, clock: systemClock, keepRaw: true })
  const loader = memoryLoader()
  const run = async (decide: (call: string) => Fate = () => 'go', mode: 'incremental' | 'replay' = 'incremental') => {
    let life = incarnation(decide)
    const begin = () => {
      const ports = { ledger: life.wrap('ledger', ledger), loader: life.wrap('loader', loader) }
      return createRuntime({ connectors: [connector], jobStore, clock: systemClock, ...ports })
    }
    const first = begin()
    await first.start()
    const { runId } = await first.startRun({ tenantId: 1, jobId: 1, mode })
    void life.died.then(() => {
      life = incarnation(() => 'go')
      return begin().start()
    })
    await expect.poll(async () => (await ledger.run(runId))?.state).not.toBe('running')
    life.kill()
    return ledger.run(runId)
  }
  const stored = () => loader.rows(books).map(({ text, pages: count }) => ({ text, pages: count }))
  return { run, stored, asked }
}

const WHOLE = [{ text: 'once upon a time end', pages: 5 }]

test('a unit that is one record is loaded when its last page is there, and all pages are accounted for', async () => {
  const { run, stored, asked } = library()
  const { state, counters } = (await run()) ?? {}
  expect(state).toBe('finished')
  expect(stored()).toEqual(WHOLE)
  expect(asked).toEqual([0, 1, 2, 3, 4])
  expect(counters?.find(({ stage }) => stage === 'transform')).toMatchObject({ planned: 5, done: 5, dead: 0 })
})

test.each([1, 2, 3, 4, 5, 6, 7])(
  'after a crash at commit %i it goes on at the page that was not stored',
  async (commit) => {
    const { run, stored, asked } = library()
    let commits = 0
    const decide = (call: string): Fate => {
      if (call === 'ledger.commit') commits += 1
      return call === 'ledger.commit' && commits === commit ? 'crash-before' : 'go'
    }
    expect((await run(decide))?.state).toBe('finished')
    expect(stored()).toEqual(WHOLE)
    // At most the page that was in hand, and the one that was asked for meanwhile.
    expect(asked.length).toBeLessThanOrEqual(PAGES.length + 2)
  },
)

test('a unit of one page is a record like any other', async () => {
  const { run, stored } = library(['alone'])
  expect((await run())?.state).toBe('finished')
  expect(stored()).toEqual([{ text: 'alone', pages: 1 }])
})

test('a replay transforms the record once, and no page of it alone', async () => {
  const { run, stored } = library()
  await run()
  const { state, counters } = (await run(undefined, 'replay')) ?? {}
  expect(state).toBe('finished')
  expect(counters?.find(({ stage }) => stage === 'transform')).toMatchObject({ planned: 1, done: 1 })
  expect(stored()).toEqual(WHOLE)
})
