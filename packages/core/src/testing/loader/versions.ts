import assert from 'node:assert/strict'
import { COMMENTS, ISSUES, issue, LABELS, type LoaderProof } from './loader-bench.ts'

/** Which of two batches wins does not depend on which comes first. */
export const VERSIONS: readonly LoaderProof[] = [
  {
    name: 'what is newer by the provider’s time wins, whichever was requested or arrives first',
    async prove({ load, column }) {
      await load(1, [issue('A-1', 'newer', 5)])
      assert.deepEqual((await load(2, [issue('A-1', 'older', 4)]))[0]?.written, [])
      assert.deepEqual(await column(ISSUES, 'title'), ['newer'])
      await load(3, [issue('A-1', 'newest', 6)])
      assert.deepEqual(await column(ISSUES, 'title'), ['newest'])
    },
  },
  {
    name: 'at the same time of the provider, and without one, the later request wins',
    async prove({ load, column }) {
      await load(2, [issue('A-1', 'later', 5), LABELS.upsert({ id: 'bug', color: 'later' })])
      await load(1, [issue('A-1', 'earlier', 5), LABELS.upsert({ id: 'bug', color: 'earlier' })])
      assert.deepEqual(await column(ISSUES, 'title'), ['later'])
      assert.deepEqual(await column(LABELS, 'color'), ['later'])
    },
  },
  {
    name: 'an equal version with other content is written',
    async prove({ load, column }) {
      await load(1, [issue('A-1', 'one', 1)])
      await load(1, [issue('A-1', 'as transformed now', 1)])
      assert.deepEqual(await column(ISSUES, 'title'), ['as transformed now'])
    },
  },
  {
    name: 'A@1, A@3, B@2: what was confirmed without being written is not overwritten by what is older',
    async prove({ load, column }) {
      for (const seq of [1, 3]) {
        await load(seq, [issue('A-1', 'A', 1), LABELS.upsert({ id: 'bug', color: 'A' }), comment('A')])
      }
      for (const { written } of await load(2, [
        issue('A-1', 'B', 1),
        LABELS.upsert({ id: 'bug', color: 'B' }),
        comment('B'),
      ])) {
        assert.deepEqual(written, [])
      }
      assert.deepEqual(await column(ISSUES, 'title'), ['A'])
      assert.deepEqual(await column(LABELS, 'color'), ['A'])
      assert.deepEqual(await column(COMMENTS, 'body'), ['A'])
      await load(4, [LABELS.upsert({ id: 'bug', color: 'C' })])
      assert.deepEqual(await column(LABELS, 'color'), ['C'])
    },
  },
  {
    name: 'A@1, A@3, deleted@2: a row that was confirmed later lives on',
    async prove({ load, column }) {
      for (const seq of [1, 3]) await load(seq, [LABELS.upsert({ id: 'bug' })])
      await load(2, [LABELS.delete('bug')])
      assert.deepEqual(await column(LABELS, 'external_id'), ['bug'])
    },
  },
  {
    name: 'against a tombstone the sequence alone decides',
    async prove({ load, column }) {
      await load(1, [issue('A-1', 'one', 9)])
      assert.deepEqual((await load(5, [ISSUES.delete('A-1')]))[0]?.removed.length, 1)
      assert.deepEqual(await column(ISSUES, 'title'), [])
      await load(4, [issue('A-1', 'before the deletion', 10)])
      assert.deepEqual(await column(ISSUES, 'title'), [])
      await load(6, [issue('A-1', 'restored from a backup', 1)])
      assert.deepEqual(await column(ISSUES, 'title'), ['restored from a backup'])
    },
  },
  {
    name: 'a deletion that is older than the row changes nothing',
    async prove({ load, column }) {
      await load(2, [LABELS.upsert({ id: 'bug' })])
      assert.deepEqual((await load(1, [LABELS.delete('bug')]))[0]?.removed, [])
      assert.deepEqual(await column(LABELS, 'external_id'), ['bug'])
    },
  },
  {
    name: 'deleted@1, deleted@3, A@2: a deletion that was confirmed later stands',
    async prove({ load, column }) {
      await load(0, [LABELS.upsert({ id: 'bug' })])
      assert.equal((await load(1, [LABELS.delete('bug')]))[0]?.removed.length, 1)
      assert.deepEqual((await load(3, [LABELS.delete('bug')]))[0]?.removed, [])
      await load(2, [LABELS.upsert({ id: 'bug' })])
      assert.deepEqual(await column(LABELS, 'external_id'), [])
    },
  },
  {
    name: 'a deletion of a row that was never seen keeps an older one from appearing',
    async prove({ load, column }) {
      assert.deepEqual(await load(2, [LABELS.delete('bug')]), [{ entity: LABELS.name, written: [], removed: [] }])
      await load(1, [LABELS.upsert({ id: 'bug' })])
      assert.deepEqual(await column(LABELS, 'external_id'), [])
      await load(3, [LABELS.upsert({ id: 'bug' })])
      assert.deepEqual(await column(LABELS, 'external_id'), ['bug'])
    },
  },
  {
    name: 'in a full sync the sequence alone decides',
    async prove({ load, column }) {
      await load(1, [issue('A-1', 'before the restore', 9)])
      await load(2, [issue('A-1', 'restored', 3)], { fullSync: true })
      assert.deepEqual(await column(ISSUES, 'title'), ['restored'])
      await load(1, [issue('A-1', 'before the restore', 9)], { fullSync: true })
      assert.deepEqual(await column(ISSUES, 'title'), ['restored'])
    },
  },
]

function comment(body: string) {
  return COMMENTS.upsert({ issue: 'A-1', number: 'c1', body })
}
