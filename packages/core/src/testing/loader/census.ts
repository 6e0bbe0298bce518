import assert from 'node:assert/strict'
import { isMillraceError } from '../../errors/millrace-error.ts'
import { ISSUES, issue, LABELS, type LoaderBench, type LoaderProof } from './loader-bench.ts'

/** What a census does not name, and was seen before it, is gone. */
export const CENSUS: readonly LoaderProof[] = [
  {
    name: 'a census removes what it does not name, and creates nothing',
    async prove({ load, column, idOf }) {
      await load(1, [issue('A-1', 'one', 1), issue('A-2', 'two', 1)])
      const changed = await load(2, [ISSUES.census(['A-1', 'A-3'])])
      assert.deepEqual(changed, [{ entity: ISSUES.name, written: [], removed: [idOf(ISSUES, 'A-2')] }])
      assert.deepEqual(await column(ISSUES, 'title'), ['one'])
      assert.deepEqual((await load(2, [ISSUES.census(['A-1', 'A-3'])]))[0]?.removed, [])
    },
  },
  {
    name: 'what was seen after the census began stays, and what comes back later lives again',
    async prove({ load, column }) {
      await load(1, [issue('A-1', 'one', 1), issue('A-2', 'two', 1)])
      await load(3, [issue('A-2', 'two', 1), issue('A-3', 'three', 1)])
      await load(2, [ISSUES.census(['A-1'])])
      assert.deepEqual(await column(ISSUES, 'title'), ['one', 'three', 'two'])
      await load(4, [ISSUES.census(['A-1'])])
      assert.deepEqual(await column(ISSUES, 'title'), ['one'])
      await load(5, [issue('A-2', 'two', 1)])
      assert.deepEqual(await column(ISSUES, 'title'), ['one', 'two'])
    },
  },
  {
    name: 'what a census removed is not revived by what was read before it',
    async prove({ load, column }) {
      await load(1, [issue('A-1', 'one', 1), issue('A-2', 'two', 1)])
      await load(4, [ISSUES.census(['A-1'])])
      await load(3, [issue('A-2', 'changed meanwhile', 9)])
      assert.deepEqual(await column(ISSUES, 'title'), ['one'])
    },
  },
  {
    name: 'a row that was never seen comes with a record from before a census, and goes with the next one',
    async prove({ load, column }) {
      await load(1, [issue('A-1', 'one', 1)])
      await load(3, [ISSUES.census(['A-1'])])
      await load(2, [issue('A-2', 'read before', 9)])
      assert.deepEqual(await column(ISSUES, 'title'), ['one', 'read before'])
      await load(4, [ISSUES.census(['A-1'])])
      assert.deepEqual(await column(ISSUES, 'title'), ['one'])
    },
  },
  {
    name: 'a census within a reference leaves other rows, other integrations and other tenants alone',
    async prove({ load, column, scope, other }) {
      const rows = ['root', 'branch'].map((id) => LABELS.upsert({ id }))
      const leaves = ['a', 'b'].map((id) => LABELS.upsert({ id, parent: 'root' }))
      const stranger = LABELS.upsert({ id: 'c', parent: 'branch' })
      await load(1, [...rows, ...leaves, stranger])
      const elsewhere = await load(1, [...rows, ...leaves], { scope: other })
      assert.equal(elsewhere[0]?.written.length, 4)
      await load(2, [LABELS.census(['a'], { within: { column: 'parent', externalId: 'root' } })], { scope })
      assert.deepEqual(await column(LABELS, 'external_id'), ['a', 'branch', 'c', 'root'])
      assert.equal(
        (await load(3, [LABELS.census(['root', 'branch', 'a', 'b'])], { scope: other }))[0]?.removed.length,
        0,
      )
    },
  },
  {
    name: 'a census within a text leaves rows with another one alone',
    async prove({ load, column }) {
      const labels = ['a', 'b'].map((id) => LABELS.upsert({ id, color: 'red' }))
      await load(1, [...labels, LABELS.upsert({ id: 'c', color: 'blue' }), LABELS.upsert({ id: 'd' })])
      await load(2, [LABELS.census(['a'], { within: { column: 'color', externalId: 'red' } })])
      assert.deepEqual(await column(LABELS, 'external_id'), ['a', 'c', 'd'])
    },
  },
  {
    name: 'an empty census is refused unless it is certain',
    async prove(bench) {
      await bench.load(1, [issue('A-1', 'one', 1)])
      await refused(bench, ISSUES.census([]))
      assert.deepEqual(await bench.column(ISSUES, 'title'), ['one'])
      await bench.load(3, [ISSUES.census([], { certain: true })])
      assert.deepEqual(await bench.column(ISSUES, 'title'), [])
    },
  },
  {
    name: 'a census that removes many rows is refused, until they are allowed to go',
    async prove(bench) {
      const ids = Array.from({ length: 200 }, (_, index) => `A-${index}`)
      await bench.load(
        1,
        ids.map((id) => issue(id, id, 1)),
      )
      await refused(bench, ISSUES.census(ids.slice(51)))
      assert.equal((await bench.rows(ISSUES)).length, 200)
      await bench.load(3, [ISSUES.census(ids.slice(51))], { maxRemovedShare: 1 })
      assert.equal((await bench.rows(ISSUES)).length, 149)
    },
  },
]

async function refused({ load }: LoaderBench, census: ReturnType<typeof ISSUES.census>): Promise<void> {
  await assert.rejects(load(2, [census]), (error) => isMillraceError(error) && error.code === 'CENSUS_REFUSED')
}
