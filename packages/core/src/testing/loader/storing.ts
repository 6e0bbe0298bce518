import assert from 'node:assert/strict'
import { z } from 'zod'
import { defineEntity } from '../../contracts/entity.ts'
import { at, CHANGELOGS, changelogs, ISSUES, issue, LABELS, type LoaderProof } from './loader-bench.ts'

/** What is written comes back, and what is reported is what changed. */
export const STORING: readonly LoaderProof[] = [
  {
    name: 'a row comes back with its declared columns, references as UUIDs and `id` as `external_id`',
    async prove({ load, rows, idOf }) {
      const label = {
        id: 'bug',
        color: 'red "quoted" \\ ünï',
        uses: 12,
        weight: 0.25,
        locked: true,
        seen: at(5),
        details: { nested: [1, null, 'x'] },
        parent: 'kind',
      }
      await load(1, [LABELS.upsert(label)])
      const [row] = await rows(LABELS)
      const { id: _id, ...declared } = label
      assert.deepEqual(row?.values, { ...declared, external_id: 'bug', parent: idOf(LABELS, 'kind') })
      assert.equal(row.key, idOf(LABELS, 'bug'))
      assert.equal(row.seq, 1)
    },
  },
  {
    name: 'columns that a row leaves out are null',
    async prove({ load, rows }) {
      await load(1, [LABELS.upsert({ id: 'bare' })])
      const empty = { color: null, uses: null, weight: null, locked: null, seen: null, details: null, parent: null }
      assert.deepEqual((await rows(LABELS))[0]?.values, { external_id: 'bare', ...empty })
    },
  },
  {
    name: 'rows that were inserted, updated or brought back to life are reported as written, per entity',
    async prove({ load, idOf }) {
      const key = idOf(ISSUES, 'A-1')
      const written = [{ entity: ISSUES.name, written: [key], removed: [] }]
      assert.deepEqual(await load(1, [issue('A-1', 'one', 1)]), written)
      assert.deepEqual(await load(2, [issue('A-1', 'two', 2)]), written)
      assert.deepEqual(await load(3, [ISSUES.delete('A-1')]), [{ entity: ISSUES.name, written: [], removed: [key] }])
      assert.deepEqual(await load(4, [issue('A-1', 'two', 2)]), written)
    },
  },
  {
    name: 'a batch that is loaded twice reports no change the second time',
    async prove({ load, rows }) {
      const batch = [issue('A-1', 'one', 1), changelogs('A-1', ['status', 'rank']), LABELS.upsert({ id: 'bug' })]
      await load(1, batch)
      const before = [await rows(ISSUES), await rows(CHANGELOGS), await rows(LABELS)]
      for (const { written, removed } of await load(1, batch)) assert.deepEqual([written, removed], [[], []])
      assert.deepEqual([await rows(ISSUES), await rows(CHANGELOGS), await rows(LABELS)], before)
    },
  },
  {
    name: 'content that did not change is not reported, however new it is',
    async prove({ load }) {
      await load(1, [issue('A-1', 'one', 1), changelogs('A-1', ['status'])])
      for (const { written, removed } of await load(2, [issue('A-1', 'one', 1), changelogs('A-1', ['status'])])) {
        assert.deepEqual([written, removed], [[], []])
      }
    },
  },
  {
    name: 'rows are read in key order, whatever their number',
    async prove({ load, rows }) {
      const many = Array.from({ length: 1203 }, (_, index) => issue(`N-${index}`, 'many', 1))
      await load(1, many)
      const keys = (await rows(ISSUES)).map(({ key }) => key)
      assert.equal(new Set(keys).size, many.length)
      assert.deepEqual(keys, keys.toSorted())
    },
  },
  {
    name: 'children are read completely, in the order of their parents, whatever their number',
    async prove({ load, rows }) {
      const fields = Array.from({ length: 29 }, () => 'status')
      await load(
        1,
        Array.from({ length: 40 }, (_, index) => changelogs(`A-${index}`, fields)),
      )
      const keys = (await rows(CHANGELOGS)).map(({ key }) => key)
      assert.equal(new Set(keys).size, 29 * 40)
      const parents = keys.map((key) => String((JSON.parse(key) as unknown[])[0]))
      assert.deepEqual(parents, parents.toSorted())
    },
  },
  {
    name: 'reading can be limited to keys',
    async prove({ load, rows, idOf }) {
      await load(1, [issue('A-1', 'one', 1), issue('A-2', 'two', 1), changelogs('A-1', ['status', 'rank'])])
      const read = await rows(ISSUES, { keys: [idOf(ISSUES, 'A-2'), idOf(ISSUES, 'A-9')] })
      assert.deepEqual(
        read.map(({ values }) => values.title),
        ['two'],
      )
      const [, second] = await rows(CHANGELOGS)
      assert.deepEqual(await rows(CHANGELOGS, { keys: [second?.key ?? ''] }), [second])
      assert.deepEqual(await rows(ISSUES, { keys: [] }), [])
    },
  },
  {
    name: 'reading can be limited to columns',
    async prove({ load, rows, idOf }) {
      await load(1, [issue('A-1', 'one', 1)])
      const [row] = await rows(ISSUES, { keys: [idOf(ISSUES, 'A-1')], columns: ['title'] })
      assert.deepEqual([row?.key, row?.values], [idOf(ISSUES, 'A-1'), { title: 'one' }])
    },
  },
  {
    name: 'reading can be limited to rows that a run changed',
    async prove({ load, rows, scope }) {
      await load(1, [issue('A-1', 'one', 1), issue('A-2', 'two', 1)])
      const later = { ...scope, runId: scope.runId + 1 }
      await load(2, [issue('A-1', 'one', 1), issue('A-2', 'new', 2)], { scope: later })
      const read = await rows(ISSUES, { runId: later.runId })
      assert.deepEqual(
        read.map(({ values }) => values.title),
        ['new'],
      )
    },
  },
  {
    name: 'tenants and integrations do not meet, although their rows have the same external ids',
    async prove({ load, rows, loader, scope, other }) {
      await load(1, [issue('A-1', 'mine', 1)])
      await load(9, [issue('A-1', 'theirs', 9), changelogs('A-1', ['status'])], { scope: other })
      await load(10, [ISSUES.delete('A-1')], { scope: { ...other } })
      assert.deepEqual(
        (await rows(ISSUES)).map(({ values }) => values.title),
        ['mine'],
      )
      for await (const page of loader.read({ ...scope, integrationId: scope.integrationId + 1_000 }, ISSUES)) {
        assert.fail(`${page.length} rows of an integration that has none`)
      }
    },
  },
  {
    name: 'entities can be prepared again, also with a column more, and keep their rows',
    async prove({ load, rows, loader }) {
      await load(1, [issue('A-1', 'one', 1)])
      const wider = defineEntity({
        name: ISSUES.name,
        key: 'id',
        version: 'updated',
        columns: ISSUES.columns.extend({ points: z.number().nullish() }),
      })
      await Promise.all([loader.prepare([wider]), loader.prepare([ISSUES])])
      await load(2, [wider.upsert({ id: 'A-1', title: 'one', updated: at(2), points: 3 })])
      assert.equal((await rows(wider))[0]?.values.points, 3)
    },
  },
]
