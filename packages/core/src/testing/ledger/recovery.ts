import assert from 'node:assert/strict'
import { workerBeat } from '../worker-beat.ts'
import { EVERY_TYPE, type LedgerSentence, MINUTE, page, step } from './ledger-bench.ts'

const NOBODY_YET = { released: 0, buried: 0, advanced: 0 }

/** What the sweeper does about workers that vanish. */
export const RECOVERY: readonly LedgerSentence[] = [
  {
    name: 'the sweeper releases the rows of a worker that went silent, long before their leases expire',
    async prove({ start, take, claim, ledger, advanceTime }) {
      await start([step('issues')])
      await ledger.heartbeat(workerBeat('silent'))
      const lease = await take('plan', { workerId: 'silent', leaseMs: 60 * MINUTE })
      await advanceTime(20_000)
      await ledger.heartbeat(workerBeat('silent'))
      await advanceTime(20_000)
      assert.deepEqual(await ledger.sweep({ staleAfterMs: 30_000, ownerless: false }), NOBODY_YET)
      await advanceTime(20_000)
      assert.deepEqual(await ledger.sweep({ staleAfterMs: 30_000, ownerless: false }), { ...NOBODY_YET, released: 1 })
      const [next] = await claim(['plan'], { workerId: 'other' })
      assert.deepEqual([next?.id, next?.attempts], [lease.id, 2])
      assert.equal(await ledger.commit(lease, { row: { to: 'done' } }), 'fenced')
    },
  },
  {
    name: 'where nobody is to be taken for gone, only rows whose lease expired are released',
    async prove({ start, plan, take, ledger, advanceTime }) {
      await start([step('issues')])
      await plan('issues', ['A', 'B', 'C'])
      await ledger.heartbeat(workerBeat('silent'))
      await take('extract', { workerId: 'silent', leaseMs: 60 * MINUTE })
      await take('extract', { workerId: 'unknown', leaseMs: 60 * MINUTE })
      await take('extract', { workerId: 'silent', leaseMs: MINUTE })
      await advanceTime(2 * MINUTE)
      assert.equal((await ledger.sweep({ staleAfterMs: null, ownerless: false })).released, 1)
      assert.equal((await ledger.sweep({ staleAfterMs: MINUTE, ownerless: false })).released, 2)
    },
  },
  {
    name: 'the sweeper releases rows whose lease expired, though the worker lives',
    async prove({ start, take, ledger, advanceTime, done }) {
      await start([step('issues')])
      await ledger.heartbeat(workerBeat('stalled'))
      await take('plan', { workerId: 'stalled', leaseMs: 5_000 })
      await advanceTime(5_001)
      const report = await ledger.sweep({ staleAfterMs: MINUTE, ownerless: false })
      assert.deepEqual(report, { ...NOBODY_YET, released: 1 })
      await done(await take('plan'))
    },
  },
  {
    name: 'the rows of a retired worker go back at once, and the attempt does not count',
    async prove({ start, take, commit, ledger, claim }) {
      await start([step('issues'), step('prs')])
      await ledger.heartbeat(workerBeat('retired'))
      await commit(await take('plan'), { row: { to: 'pending', delayMs: 0, refund: false } })
      const held = await claim(['plan'], { workerId: 'retired' })
      assert.deepEqual(held.map(({ attempts }) => attempts).sort(), [1, 2])
      await ledger.retire('retired')
      const again = await claim(['plan'], { workerId: 'other' })
      assert.deepEqual(again.map(({ attempts }) => attempts).sort(), [1, 2])
      for (const lease of held) assert.equal(await ledger.commit(lease, { row: { to: 'done' } }), 'fenced')
    },
  },
  {
    name: 'a row whose workers vanish too often is dead, and its run goes on to its end',
    async prove({ start, plan, take, claim, done, ledger, snapshot }) {
      const run = await start([step('issues')], { maxAttempts: 2 })
      await plan('issues', ['A', 'B'])
      const deadly = await take('extract', { leaseMs: 0 })
      assert.equal((await ledger.sweep({ staleAfterMs: MINUTE, ownerless: false })).released, 1)
      const row = { id: deadly.id, tenantId: run.tenantId, runId: run.runId }
      assert.equal((await claim(EVERY_TYPE, { row, leaseMs: 0 }))[0]?.attempts, 2)
      assert.equal((await ledger.sweep({ staleAfterMs: MINUTE, ownerless: false })).buried, 1)
      const [dead] = await ledger.deadRows(run.runId, 10)
      assert.deepEqual([dead?.id, dead?.attempts, dead?.failure.code], [deadly.id, 2, 'LEASE_EXPIRED'])
      assert.equal(dead?.failure.transient, false, 'the next run would lose its workers to it, too')
      await done(await take('extract'))
      assert.equal((await snapshot(run)).state, 'failed')
    },
  },
  {
    name: 'rows that lost their worker together are not to blame: none is buried, and the attempt does not count',
    async prove({ start, plan, take, claim, ledger }) {
      const run = await start([step('issues')], { maxAttempts: 1 })
      await plan('issues', ['A', 'B', 'C'])
      await ledger.heartbeat(workerBeat('other'))
      for (const leaseMs of [0, 0]) await take('extract', { leaseMs })
      await take('extract', { workerId: 'other' })
      assert.deepEqual(await ledger.sweep({ staleAfterMs: MINUTE, ownerless: false }), { ...NOBODY_YET, released: 2 })
      const again = await claim(['extract'])
      assert.deepEqual(
        again.map(({ attempts, suspect }) => [attempts, suspect]),
        [
          [1, true],
          [1, true],
        ],
      )
      // Of a worker that lives on, a row whose lease expires is lost beside those that it still holds.
      await ledger.heartbeat(workerBeat('worker'))
      for (const lease of again) await ledger.commit(lease, { row: { to: 'pending', delayMs: 0, refund: true } })
      const [first, second] = [await take('extract', { leaseMs: 0 }), await take('extract')]
      assert.deepEqual(await ledger.sweep({ staleAfterMs: MINUTE, ownerless: false }), { ...NOBODY_YET, released: 1 })
      assert.deepEqual((await take('extract', { workerId: 'other' })).id, first.id)
      assert.equal(await ledger.commit(second, { row: { to: 'done' } }), 'committed')
      assert.deepEqual(await ledger.deadRows(run.runId, 10), [])
    },
  },
  {
    name: 'the last row of a run may be buried by the sweeper',
    async prove({ start, take, ledger, snapshot }) {
      const run = await start([step('issues')], { maxAttempts: 1 })
      await take('plan', { leaseMs: 0 })
      await ledger.sweep({ staleAfterMs: MINUTE, ownerless: false })
      assert.equal((await snapshot(run)).state, 'failed')
    },
  },
  {
    name: 'an ownerless sweep releases every lease',
    async prove({ start, plan, claim, ledger }) {
      await start([step('issues')])
      await ledger.heartbeat(workerBeat('worker'))
      await plan('issues', ['A', 'B'])
      assert.equal((await claim(['extract'])).length, 2)
      assert.equal((await ledger.sweep({ staleAfterMs: MINUTE, ownerless: true })).released, 2)
      assert.equal((await claim(['extract'])).length, 2)
    },
  },
  {
    name: 'a sweep of a healthy ledger changes nothing',
    async prove({ start, plan, take, done, claim, ledger, snapshot }) {
      const run = await start([step('issues'), step('prs', { after: ['issues'] })])
      await ledger.heartbeat(workerBeat('worker'))
      await plan('issues', ['A', 'B'])
      await done(await take('extract'), { raw: page('{}') })
      const held = await claim(['transform'])
      const before = await snapshot(run)
      assert.deepEqual(await ledger.sweep({ staleAfterMs: MINUTE, ownerless: false }), NOBODY_YET)
      assert.deepEqual(await snapshot(run), before)
      for (const lease of held) await done(lease)
    },
  },
]
