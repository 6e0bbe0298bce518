import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineConnector } from '../contracts/connector.ts'
import { MillraceError } from '../errors/millrace-error.ts'
import { memoryLoader } from '../memory/memory-loader.ts'
import { WARNINGS_KEPT } from '../ports/ledger.ts'
import type { Logger } from '../ports/logger.ts'
import { runToEnd } from '../run.ts'

const library = defineConnector({
  name: 'library',
  entities: [],
  config: z.object({}),
  steps: (step) => [
    step({
      name: 'library_shelves',
      unit: z.string(),
      *units(ctx) {
        ctx.warn({ about: 'Cellar', message: 'It is locked.' })
        yield* ['A', 'B']
      },
      async *extract({ unit }, ctx) {
        ctx.warn({ about: 'Lights', message: `None on shelf ${unit}.`, facts: { shelf: unit } })
        ctx.warn({ about: 'Lights', message: 'Really none.' })
        yield { body: '{}', next: 1 }
        ctx.warn({ about: 'Dust', message: 'x'.repeat(5_000) })
        yield { body: '{}', next: null }
      },
      *transform() {},
    }),
    step({
      name: 'library_desk',
      // biome-ignore lint/correctness/useYield: it fails before its first page
      async *extract(_work, ctx) {
        ctx.warn({ about: 'Lights', message: 'Flickering.' })
        throw new MillraceError('INVALID_BODY', { message: 'Failed to read the desk.', retryable: false })
      },
      *transform() {},
    }),
  ],
})

test('warnings stay with the run, once for each step and what they are about, also those of a unit that fails', async () => {
  const logged: unknown[] = []
  const warn: Logger['warn'] = (facts, message) => logged.push([facts, message])
  const log = { debug: () => undefined, info: () => undefined, error: () => undefined, warn }
  const { state, warnings } = await runToEnd({ connector: library, config: {}, loader: memoryLoader(), log })
  expect(state).toBe('failed')
  expect(warnings).toEqual([
    { step: 'library_shelves', about: 'Cellar', message: 'It is locked.' },
    { step: 'library_shelves', about: 'Dust', message: 'x'.repeat(1_000) },
    { step: 'library_shelves', about: 'Lights', message: expect.stringMatching(/^None on shelf [AB]\.$/) },
    { step: 'library_desk', about: 'Lights', message: 'Flickering.' },
  ])
  expect(logged).toContainEqual([expect.objectContaining({ shelf: 'B' }), 'Lights: None on shelf B.'])
  expect(logged.filter((each) => JSON.stringify(each).includes('Really none.'))).toHaveLength(2)
})

test('however much a connector warns of before a page, a commit carries what the run keeps', async () => {
  const connector = defineConnector({
    name: 'talker',
    entities: [],
    config: z.object({}),
    steps: (step) => [
      step({
        name: 'talker_words',
        async *extract(_work, ctx) {
          for (let word = 0; word < 1_000; word += 1) ctx.warn({ about: `Word ${word}`, message: 'Said.' })
          yield { body: '{}', next: null }
        },
        *transform() {},
      }),
    ],
  })
  const { state, warnings } = await runToEnd({ connector, config: {}, loader: memoryLoader() })
  expect(state).toBe('finished')
  expect(warnings.map(({ about }) => about).toSorted()).toEqual(
    Array.from({ length: WARNINGS_KEPT }, (_, word) => `Word ${word}`).toSorted(),
  )
})
