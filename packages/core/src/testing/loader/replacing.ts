import assert from 'node:assert/strict'
import { ALL_ENTITIES, CHANGELOGS, COMMENTS, changelogs, ISSUES, issue, type LoaderProof } from './loader-bench.ts'

/** The children of one parent are exactly those of its newest version. */
export const REPLACING: readonly LoaderProof[] = [
  {
    name: 'a replace leaves exactly its rows: others become tombstones, and come back with a newer one',
    async prove({ load, column }) {
      await load(1, [issue('A-1', 'one', 1), changelogs('A-1', ['status', 'rank', 'sprint'])])
      const changed = await load(2, [issue('A-1', 'two', 2), changelogs('A-1', ['status', 'owner'])])
      const children = changed.find(({ entity }) => entity === CHANGELOGS.name)
      assert.deepEqual([children?.written.length, children?.removed.length], [1, 1])
      assert.deepEqual(await column(CHANGELOGS, 'field'), ['owner', 'status'])
      await load(3, [issue('A-1', 'three', 3), changelogs('A-1', ['status', 'owner', 'sprint'])])
      assert.deepEqual(await column(CHANGELOGS, 'field'), ['owner', 'sprint', 'status'])
    },
  },
  {
    name: 'a replace with no rows leaves none, and children of other parents stay',
    async prove({ load, column }) {
      await load(1, [changelogs('A-1', ['status', 'rank']), changelogs('A-2', ['sprint'])])
      await load(2, [changelogs('A-1', [])])
      assert.deepEqual(await column(CHANGELOGS, 'field'), ['sprint'])
    },
  },
  {
    name: 'a replace that is older than its parent row is ignored',
    async prove({ load, column }) {
      await load(2, [issue('A-1', 'newer', 2), changelogs('A-1', ['status'])])
      const changed = await load(1, [issue('A-1', 'older', 1), changelogs('A-1', ['rank', 'sprint'])])
      for (const { written, removed } of changed) assert.deepEqual([written, removed], [[], []])
      assert.deepEqual(await column(CHANGELOGS, 'field'), ['status'])
    },
  },
  {
    name: 'a replace that is older than what was confirmed for its parent is ignored',
    async prove({ load, column }) {
      for (const seq of [1, 3]) await load(seq, [issue('A-1', 'same', 1), changelogs('A-1', ['status'])])
      await load(2, [issue('A-1', 'same', 1), changelogs('A-1', ['rank', 'sprint'])])
      assert.deepEqual(await column(CHANGELOGS, 'field'), ['status'])
    },
  },
  {
    name: 'a replace that comes without its parent row counts by the sequence of such replaces alone',
    async prove({ load, column }) {
      await load(5, [issue('A-1', 'has a time of its own', 9)])
      await load(3, [changelogs('A-1', ['status'])])
      await load(2, [changelogs('A-1', ['rank', 'sprint'])])
      assert.deepEqual(await column(CHANGELOGS, 'field'), ['status'])
      await load(4, [changelogs('A-1', ['owner'])])
      assert.deepEqual(await column(CHANGELOGS, 'field'), ['owner'])
    },
  },
  {
    name: 'the same holds for a parent that was never loaded, and when a set of children was confirmed unchanged',
    async prove({ load, column }) {
      for (const seq of [1, 3]) await load(seq, [changelogs('A-1', ['status'])])
      await load(2, [changelogs('A-1', ['rank', 'sprint'])])
      assert.deepEqual(await column(CHANGELOGS, 'field'), ['status'])
      await load(4, [changelogs('A-1', [])])
      await load(3, [changelogs('A-1', ['status'])])
      assert.deepEqual(await column(CHANGELOGS, 'field'), [])
    },
  },
  {
    name: 'children go with their parent, whether it is deleted or missing from a census, and come back with it',
    async prove(bench) {
      const load: typeof bench.load = (seq, changes) => bench.load(seq, changes, { entities: ALL_ENTITIES })
      const comments = COMMENTS.replace('A-1', [{ issue: 'A-1', number: '1', body: 'one' }])
      const others = [issue('A-2', 'other', 1), changelogs('A-2', ['other'])]
      await load(1, [issue('A-1', 'one', 1), changelogs('A-1', ['status', 'rank']), ...others])
      await load(2, [comments])
      const changed = await load(4, [ISSUES.delete('A-1')])
      const removed = changed.map(({ entity, removed: { length } }) => [entity, length])
      assert.deepEqual(Object.fromEntries(removed), { [ISSUES.name]: 1, [CHANGELOGS.name]: 2, [COMMENTS.name]: 1 })
      // What was read before, and arrives now.
      await load(3, [COMMENTS.replace('A-1', [{ issue: 'A-1', number: '2', body: 'late' }])])
      assert.deepEqual(await bench.column(COMMENTS, 'body'), [])

      await load(5, [issue('A-1', 'one', 1), changelogs('A-1', ['status'])])
      await load(6, [comments])
      assert.deepEqual(await bench.column(CHANGELOGS, 'field'), ['other', 'status'])
      await load(8, [ISSUES.census(['A-2'])])
      assert.deepEqual(await bench.column(CHANGELOGS, 'field'), ['other'])
      assert.deepEqual(await bench.column(COMMENTS, 'body'), [])
    },
  },
  {
    name: 'children that came one by one go with their parent too, and with a replace that does not name them',
    async prove(bench) {
      const load: typeof bench.load = (seq, changes) => bench.load(seq, changes, { entities: ALL_ENTITIES })
      const comment = (number: string) => ({ issue: 'A-1', number, body: number })
      await load(1, [issue('A-1', 'one', 1), COMMENTS.upsert(comment('1')), COMMENTS.upsert(comment('2'))])
      await load(2, [COMMENTS.replace('A-1', [comment('2')]), COMMENTS.upsert({ ...comment('3'), issue: 'A-2' })])
      assert.deepEqual(await bench.column(COMMENTS, 'body'), ['2', '3'])
      await load(3, [ISSUES.delete('A-1')])
      assert.deepEqual(await bench.column(COMMENTS, 'body'), ['3'])
    },
  },
  {
    name: 'children stay where the delete of their parent is older than what is known',
    async prove(bench) {
      const load: typeof bench.load = (seq, changes) => bench.load(seq, changes, { entities: ALL_ENTITIES })
      for (const seq of [1, 3]) await load(seq, [issue('A-1', 'same', 1), changelogs('A-1', ['status'])])
      await load(2, [ISSUES.delete('A-1')])
      assert.deepEqual(await bench.column(CHANGELOGS, 'field'), ['status'])
    },
  },
  {
    name: 'children of a row that was removed before it was seen are not revived by what was read before',
    async prove(bench) {
      const load: typeof bench.load = (seq, changes) => bench.load(seq, changes, { entities: ALL_ENTITIES })
      await load(3, [ISSUES.delete('A-1')])
      await load(2, [changelogs('A-1', ['late'])])
      assert.deepEqual(await bench.column(CHANGELOGS, 'field'), [])
    },
  },
  {
    name: 'a full sync replaces by sequence alone',
    async prove({ load, column }) {
      await load(1, [issue('A-1', 'before the restore', 9), changelogs('A-1', ['status', 'rank'])])
      await load(2, [issue('A-1', 'restored', 3), changelogs('A-1', ['status'])], { fullSync: true })
      assert.deepEqual(await column(CHANGELOGS, 'field'), ['status'])
      assert.deepEqual(await column(ISSUES, 'title'), ['restored'])
    },
  },
]
