import { of, repeat } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineConnector } from '../contracts/connector.ts'
import type { StoredRow } from '../contracts/context.ts'
import { defineEntity } from '../contracts/entity.ts'
import type { Page, StepSpec } from '../contracts/step.ts'
import { runStep } from './run-step.ts'

const issues = defineEntity({ name: 'issues', key: 'id', columns: z.object({ id: z.string(), title: z.string() }) })

const tracker = defineConnector({
  name: 'tracker',
  entities: [issues],
  config: z.object({ url: z.url(), size: z.number().default(2), onlyChanged: z.boolean().default(false) }),
  steps: (step) => [
    step({
      name: 'tracker_issues',
      unit: z.object({ project: z.string() }),
      cursor: z.number(),
      body: z.array(issues.columns),
      reads: [issues],
      async *units(ctx) {
        const filter = { changedInRun: ctx.config.onlyChanged }
        for await (const rows of ctx.rows(issues, filter)) {
          for (const row of rows) yield { project: String(row.external_id) }
        }
      },
      async *extract({ unit, from = 0 }, ctx) {
        for (let page = from; page < 2; page++) {
          const response = await ctx.fetch(`${ctx.config.url}/${unit.project}/${page}?size=${ctx.config.size}`)
          yield { body: await response.text(), next: page < 1 ? page + 1 : null }
        }
      },
      *transform({ body }, lookup) {
        for (const item of body) {
          const before = lookup.get(issues, item.id)
          yield issues.upsert({ ...item, title: before ? `${before.title}, now ${item.title}` : item.title })
        }
      },
    }),
  ],
})

const asked: string[] = []
const fetch = async (url: string | URL): Promise<Response> => {
  const { pathname, search } = new URL(url)
  asked.push(pathname + search)
  return Response.json([{ id: pathname, title: 'new' }])
}
const config = { url: 'http://tracker.test' }
const rows = {
  issues: [
    { external_id: 'a', title: 'old' },
    { external_id: '/b/1', title: 'old' },
  ],
}

describe('running a step', () => {
  it('goes through its units and pages, and transforms what it received', async () => {
    asked.length = 0
    const { units, pages, changes } = await runStep(tracker, 'tracker_issues', {
      config,
      fetch,
      rows,
      unit: { project: 'b' },
    })
    expect(units).toEqual([{ project: 'b' }])
    expect(asked).toEqual(['/b/0?size=2', '/b/1?size=2'])
    expect(pages).toEqual([
      { unit: { project: 'b' }, bodies: [[{ id: '/b/0', title: 'new' }]], next: 1, spawn: [] },
      { unit: { project: 'b' }, bodies: [[{ id: '/b/1', title: 'new' }]], next: null, spawn: [] },
    ])
    expect(changes.map((change) => change.op === 'upsert' && change.row.title)).toEqual(['new', 'old, now new'])
  })

  it('transforms a unit that is one record when all of its pages are there', async () => {
    const book = defineConnector({
      name: 'book',
      entities: [issues],
      config: z.object({}),
      steps: (step) => [
        step({
          name: 'book_pages',
          cursor: z.number(),
          body: z.string(),
          record: 'unit',
          async *extract({ from = 0 }) {
            for (let page = from; page < 3; page++) yield { body: `"${page}"`, next: page < 2 ? page + 1 : null }
          },
          *transform({ bodies }) {
            yield issues.upsert({ id: 'book', title: bodies.join(' ') })
          },
        }),
      ],
    })
    const { pages, changes } = await runStep(book, 'book_pages', { config: {} })
    expect(pages).toHaveLength(3)
    expect(changes.map((change) => change.op === 'upsert' && change.row.title)).toEqual(['0 1 2'])
  })

  it('enumerates the units from rows that were loaded before', async () => {
    const { units } = await runStep(tracker, 'tracker_issues', { config, fetch, rows })
    expect(units).toEqual([{ project: 'a' }, { project: '/b/1' }])
  })

  it('refuses rows that no step could have loaded', async () => {
    const given = (given: { [entity: string]: StoredRow[] }) =>
      runStep(tracker, 'tracker_issues', { config, fetch, rows: given })
    await expect(given({ isues: [] })).rejects.toThrow('it has no entity isues. It has issues.')
    await expect(given({ issues: [...(rows.issues ?? []), { id: 'B' }] })).rejects.toMatchObject({
      code: 'INVALID_DEFINITION',
      message: expect.stringMatching(/issues\[\d\] has no external_id/),
    })
  })

  it('answers a step that asks for what the run changed: with all rows, or with those that are named', async () => {
    const options = { config: { ...config, onlyChanged: true }, fetch, rows }
    const unitsOf = async (changedInRun?: { readonly issues: readonly string[] }): Promise<readonly unknown[]> =>
      (await runStep(tracker, 'tracker_issues', { ...options, ...(changedInRun && { changedInRun }) })).units
    expect(await unitsOf()).toEqual([{ project: 'a' }, { project: '/b/1' }])
    expect(await unitsOf({ issues: ['a'] })).toEqual([{ project: 'a' }])
    expect(await unitsOf({ issues: [] })).toEqual([])
  })

  it('starts at a cursor', async () => {
    const { pages } = await runStep(tracker, 'tracker_issues', { config, fetch, unit: { project: 'b' }, from: 1 })
    expect(pages).toHaveLength(1)
  })

  it.each([
    ['a step that is not there', 'tracker_prs', { config }, 'INVALID_DEFINITION', 'It has tracker_issues.'],
    ['settings that do not validate', 'tracker_issues', { config: { url: 'nowhere' } }, 'INVALID_CONFIG', 'url: '],
    ['a unit of another form', 'tracker_issues', { config, unit: { project: 1 } }, 'INVALID_UNIT', 'project: '],
    [
      'a cursor of another form',
      'tracker_issues',
      { config, unit: { project: 'b' }, from: 'x' },
      'INVALID_UNIT',
      'cursor',
    ],
  ])('refuses %s', async (_what, step, options, code, reason) => {
    const running = runStep(tracker, step, { fetch, ...options })
    await expect(running).rejects.toMatchObject({ code, message: expect.stringContaining(reason) })
  })

  it('hands on what fetch refuses, in the words of the policy', async () => {
    const options = { config, unit: { project: 'b' }, fetch: async () => new Response('', { status: 401 }) }
    await expect(runStep(tracker, 'tracker_issues', options)).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
  })
})

describe('a step that breaks its contract', () => {
  const page = (next: number | null, body = '{}'): Page<number> => ({ body, next })

  it.each([
    ['ends after a page that names a next one', () => [page(1)], 'UNIT_INCOMPLETE'],
    ['goes on after its last page', () => [page(null), page(null)], 'UNIT_INCOMPLETE'],
    ['never ends', () => of(page(1)).pipe(repeat()), 'CURSOR_LOOP'],
    ['yields a cursor that storage cannot give back', () => [page(Number.NaN), page(null)], 'INVALID_UNIT'],
    ['yields something that is not JSON', () => [page(null, '<html>')], 'NOT_JSON'],
    ['yields a body of another form', () => [page(null, '[]')], 'INVALID_BODY'],
    ['makes a row that does not fit its entity', () => [page(null, '{"bad":true}')], 'TRANSFORM_FAILED'],
    [
      'spawns into a step that it does not name',
      () => [{ ...page(null), spawn: [{ step: 'other', unit: {} }] }],
      'INVALID_DEFINITION',
    ],
  ] as const)('is told so when it %s', async (_what, extract, code) => {
    await expect(runStep(connectorWith(extract), 'broken_step', { config: {}, maxPages: 5 })).rejects.toMatchObject({
      code,
    })
  })

  function connectorWith(
    extract: () => ReturnType<StepSpec<object, string, z.ZodType, z.ZodNumber, z.ZodType>['extract']>,
  ) {
    return defineConnector({
      name: 'broken',
      entities: [issues],
      config: z.object({}),
      steps: (step) => [
        step({
          name: 'broken_step',
          cursor: z.number(),
          body: z.object({ bad: z.boolean().optional() }),
          extract,
          *transform({ body }) {
            yield issues.upsert({ id: '1', title: (body.bad ? null : 'fine') as string })
          },
        }),
      ],
    })
  }
})
