import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineConnector } from '../contracts/connector.ts'
import { defineEntity } from '../contracts/entity.ts'
import { memoryLoader } from '../memory/memory-loader.ts'
import { runToEnd } from '../run.ts'

const notes = defineEntity({ name: 'notes', key: 'id', columns: z.object({ id: z.string() }) })

const notebook = defineConnector({
  name: 'notebook',
  entities: [notes],
  config: z.object({}),
  steps: (step) => [
    step({
      name: 'notebook_notes',
      async *extract() {
        yield { body: '{}', next: null }
      },
      *transform() {
        yield notes.upsert({ id: 'a' })
      },
    }),
  ],
})

test.each([
  ['memory', 'is given its transaction'],
  ['none', 'is given none'],
  ['another store', 'is given none'],
])('a loader that joins %s, of a ledger in memory, %s', async (joins, outcome) => {
  const inner = memoryLoader()
  const given: unknown[] = []
  const load: typeof inner.load = (batch, tx) => {
    given.push(tx)
    return inner.load(batch, tx)
  }
  const summary = await runToEnd({ connector: notebook, config: {}, loader: { ...inner, joins, load } })
  expect(summary).toMatchObject({ state: 'finished', failures: [] })
  expect(given.map((tx) => tx !== undefined)).toEqual([outcome === 'is given its transaction'])
  expect(inner.rows(notes)).toHaveLength(1)
})
