import { expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { memoryLoader, run } from '../index.ts'
import { defineConnector } from './connector.ts'
import { defineEntity } from './entity.ts'

const things = defineEntity({ name: 'things', key: 'id', columns: z.object({ id: z.string(), size: z.number() }) })
const config = z.object({ url: z.url(), pageSize: z.number().default(100) })

test('config, unit, cursor and body are inferred from their schemas', () => {
  defineConnector({
    name: 'inferred',
    entities: [things],
    config,
    steps: (step) => [
      step({
        name: 'inferred_things',
        unit: z.object({ project: z.string() }),
        cursor: z.number(),
        body: z.object({ items: z.array(things.columns) }),
        items: 'items',
        async *units(ctx) {
          expectTypeOf(ctx.config).toEqualTypeOf<{ url: string; pageSize: number }>()
          yield { project: 'a' }
        },
        async *extract({ unit, from = 1 }, ctx) {
          expectTypeOf(unit).toEqualTypeOf<{ project: string }>()
          expectTypeOf(from).toEqualTypeOf<number>()
          expectTypeOf(ctx.config.pageSize).toEqualTypeOf<number>()
          yield { body: '', next: null }
        },
        *transform({ body, bodies }) {
          expectTypeOf(body.items).toEqualTypeOf<{ id: string; size: number }[]>()
          expectTypeOf(bodies).toEqualTypeOf<readonly (typeof body)[]>()
          for (const item of body.items) yield things.upsert(item)
        },
      }),
    ],
  })
})

test('mistyped cursors, units, spawns, rows, keys and items do not compile', () => {
  const connector = defineConnector({
    name: 'mistyped',
    entities: [things],
    config,
    steps: (step) => {
      const target = step({
        name: 'target',
        unit: z.object({ id: z.number() }),
        async *extract() {
          yield { body: '', next: null }
        },
        *transform() {
          // @ts-expect-error a row must have every column
          yield things.upsert({ id: 'a' })
        },
      })
      // @ts-expect-error the unit's id is a number
      target.spawn({ id: 'seven' })
      const source = step({
        name: 'source',
        cursor: z.number(),
        spawns: [target],
        body: z.object({ items: z.array(z.string()) }),
        // @ts-expect-error there is no such property in the body
        items: 'elements',
        // @ts-expect-error the cursor is a number
        async *extract() {
          yield { body: '', next: 'two' }
        },
        *transform() {},
      })
      return [target, source]
    },
  })
  expect(connector.steps.map(({ name }) => name)).toEqual(['target', 'source'])

  const keyless = (): unknown =>
    // @ts-expect-error the key is not a column
    defineEntity({ name: 'keyless', key: 'number', columns: z.object({ id: z.string() }) })
  expect(keyless).toThrow('there is no column "number"')
})

test('a wrong config key does not compile', () => {
  const connector = defineConnector({ name: 'strict', entities: [], config, steps: () => [] })
  const loader = memoryLoader()
  run({ connector, config: { url: 'http://localhost' }, loader })
  // @ts-expect-error there is no such setting
  run({ connector, config: { url: 'http://localhost', pagesize: 5 }, loader })
  // @ts-expect-error the url is missing
  run({ connector, config: { pageSize: 5 }, loader })
  // @ts-expect-error the page size is a number
  run({ connector, config: { url: 'http://localhost', pageSize: '5' }, loader })
})
