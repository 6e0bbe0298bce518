import assert from 'node:assert/strict'
import { EVERY_TYPE, type LedgerSentence, MINUTE, page, rawIdOf, step, TRANSIENT, unit } from './ledger-bench.ts'

/** Claim, fence, progress, handing back. */
export const LEASES: readonly LedgerSentence[] = [
  {
    name: 'a lease says what to do, for whom and with what',
    async prove({ start, take, done, job }) {
      const options = { batchSize: 10 }
      const run = await start([step('issues')], { mode: 'full', options, maxAttempts: 3 })
      const plan = await take('plan', { leaseMs: 5_000, workerId: 'first' })
      const window = { since: new Date('2024-01-01T00:00:00.123Z'), until: new Date('2024-02-01T00:00:00Z') }
      await done(plan, { births: [{ ...unit('issues', 'A'), window }] })
      const lease = await take('extract')
      assert.equal(plan.leaseMs, 5_000)
      assert.equal(plan.workerId, 'first')
      assert.equal(plan.window, null)
      assert.deepEqual(
        [lease.tenantId, lease.jobId, lease.runId, lease.step, lease.jobType],
        [job.tenantId, job.jobId, run.runId, 'issues', 'extract'],
      )
      assert.deepEqual([lease.payload, lease.window, lease.cursor], [{ unit: 'A' }, window, null])
      assert.deepEqual([lease.mode, lease.options, lease.maxAttempts, lease.cursorSeq], ['full', options, 3, 0])
      assert.ok(lease.connector.length > 0 && lease.integrationId > 0)
    },
  },
  {
    name: 'a claim counts an attempt and raises the lease token',
    async prove({ start, take, commit }) {
      await start([step('issues')])
      const first = await take('plan')
      await commit(first, { row: { to: 'pending', delayMs: 0, refund: false, failure: TRANSIENT } })
      const second = await take('plan')
      assert.equal(second.id, first.id)
      assert.deepEqual([first.attempts, second.attempts], [1, 2])
      assert.ok(second.token > first.token)
    },
  },
  {
    name: 'a leased row is not claimed by another worker',
    async prove({ start, take, claim }) {
      await start([step('issues')])
      await take('plan')
      assert.deepEqual(await claim(EVERY_TYPE, { workerId: 'other' }), [])
    },
  },
  {
    name: 'workers that claim at once share the rows among them',
    async prove({ start, plan, claim }) {
      await start([step('issues')])
      await plan('issues', ['A', 'B', 'C', 'D', 'E', 'F'])
      const claims = await Promise.all(
        ['one', 'two', 'three'].map((workerId) => claim(['extract'], { workerId, limit: 2 })),
      )
      const ids = claims.flat().map((lease) => lease.id)
      const rest = await claim(['extract'])
      assert.equal(new Set([...ids, ...rest.map((lease) => lease.id)]).size, 6)
      assert.equal(ids.length + rest.length, 6)
    },
  },
  {
    name: 'a claim takes rows by priority, then by age, and no more than its limit',
    async prove({ start, plan, claim, otherTenantJob }) {
      const late = await start([step('issues')], { priority: 5 })
      await plan('issues', ['A', 'B'])
      const urgent = await start([step('issues')], { ...otherTenantJob, priority: 1 })
      const leases = await claim(EVERY_TYPE, { limit: 2 })
      assert.deepEqual(
        leases.map((lease) => [lease.runId, lease.jobType, lease.payload.unit]),
        [
          [urgent.runId, 'plan', undefined],
          [late.runId, 'extract', 'A'],
        ],
      )
    },
  },
  {
    name: 'a claim takes only the job types that it asks for',
    async prove({ start, claim }) {
      await start([step('issues')])
      assert.deepEqual(await claim(['extract', 'transform', 'embed']), [])
      assert.equal((await claim(['plan', 'embed'])).length, 1)
    },
  },
  {
    name: 'a claim by id takes that row, and nothing when tenant or run disagree',
    async prove({ start, take, commit, claim, otherTenantJob }) {
      const run = await start([step('issues'), step('prs')])
      await take('plan')
      const other = await take('plan')
      const row = { id: other.id, tenantId: run.tenantId, runId: run.runId }
      assert.deepEqual(await claim(EVERY_TYPE, { row }), [], 'it is leased')
      await commit(other, { row: { to: 'pending', delayMs: 0, refund: true } })
      assert.deepEqual(await claim(EVERY_TYPE, { row: { ...row, tenantId: otherTenantJob.tenantId } }), [])
      assert.deepEqual(await claim(EVERY_TYPE, { row: { ...row, runId: run.runId + 1 } }), [])
      const found = await claim(EVERY_TYPE, { row })
      assert.deepEqual(
        found.map((lease) => lease.id),
        [other.id],
      )
    },
  },
  {
    name: 'a commit under an older token is fenced and writes nothing',
    async prove({ start, take, done, ledger, snapshot }) {
      const run = await start([step('issues')])
      const stale = await take('plan', { leaseMs: 0 })
      await ledger.sweep({ staleAfterMs: MINUTE, ownerless: false })
      const current = await take('plan')
      assert.equal(current.id, stale.id)
      const before = await snapshot(run)
      const births = [unit('issues', 'A')]
      assert.equal(await ledger.commit(stale, { row: { to: 'done' }, births }), 'fenced')
      assert.deepEqual(await snapshot(run), before)
      await done(current)
    },
  },
  {
    name: 'a commit after the lease expired is fenced',
    async prove({ start, take, ledger, advanceTime }) {
      await start([step('issues')])
      const lease = await take('plan', { leaseMs: 1_000 })
      await advanceTime(1_001)
      assert.equal(await ledger.commit(lease, { row: { to: 'done' } }), 'fenced')
    },
  },
  {
    name: 'a commit at an older cursor is fenced, so that no page is stored twice',
    async prove({ start, plan, take, commit, ledger, counters }) {
      const run = await start([step('issues')])
      await plan('issues', ['A'])
      const lease = await take('extract')
      const first = { row: { to: 'leased', cursor: 2 }, raw: page('{"page":1}') } as const
      await commit(lease, first)
      assert.equal(await ledger.commit(lease, first), 'fenced')
      assert.equal((await counters(run, 'issues', 'transform')).planned, 1)
    },
  },
  {
    name: 'a settled row is not settled again',
    async prove({ start, plan, take, done, ledger, counters }) {
      const run = await start([step('issues')])
      await plan('issues', ['A', 'B'])
      const lease = await take('extract')
      await done(lease)
      assert.equal(await ledger.commit(lease, { row: { to: 'done' } }), 'fenced')
      assert.equal((await counters(run, 'issues', 'extraction')).done, 1)
    },
  },
  {
    name: 'an effect does not run when the commit is fenced',
    async prove({ start, take, ledger }) {
      await start([step('issues')])
      const lease = await take('plan', { leaseMs: 0 })
      let ran = false
      const effect = async () => {
        ran = true
        return { births: [] }
      }
      assert.equal(await ledger.commit(lease, { row: { to: 'done' }, effect }), 'fenced')
      assert.equal(ran, false)
    },
  },
  {
    name: 'progress keeps the lease, moves the cursor, renews the time and lets attempts start anew',
    async prove({ start, plan, take, commit, done, advanceTime }) {
      await start([step('issues')])
      await plan('issues', ['A'])
      await commit(await take('extract'), { row: { to: 'pending', delayMs: 0, refund: false, failure: TRANSIENT } })
      const lease = await take('extract', { leaseMs: MINUTE })
      assert.equal(lease.attempts, 2)
      await advanceTime(MINUTE - 10_000)
      await commit(lease, { row: { to: 'leased', cursor: { after: 'x' } }, raw: page('{}') })
      await advanceTime(MINUTE - 10_000)
      const next = { ...lease, cursorSeq: lease.cursorSeq + 1 }
      await commit(next, { row: { to: 'pending', delayMs: 0, refund: true } })
      const resumed = await take('extract')
      assert.deepEqual([resumed.cursor, resumed.cursorSeq, resumed.attempts], [{ after: 'x' }, 1, 1])
      await done(resumed)
    },
  },
  {
    name: 'keeping the lease without a cursor is no progress: attempts go on counting',
    async prove({ start, take, commit, ledger }) {
      await start([step('issues')])
      await commit(await take('plan'), { row: { to: 'pending', delayMs: 0, refund: false } })
      const lease = await take('plan')
      const kept = { row: { to: 'leased' }, births: [unit('issues', 'A')] } as const
      await commit(lease, kept)
      assert.equal(await ledger.commit(lease, kept), 'fenced', 'it counts as a commit')
      await commit({ ...lease, cursorSeq: 1 }, { row: { to: 'pending', delayMs: 0, refund: false } })
      assert.equal((await take('plan')).attempts, 3)
    },
  },
  {
    name: 'a cursor may be any JSON, also null',
    async prove({ start, take, commit }) {
      await start([step('issues')])
      let lease = await take('plan')
      for (const cursor of [null, 0, 'text', [1, null], { deep: { list: [] } }]) {
        await commit(lease, { row: { to: 'pending', cursor, delayMs: 0, refund: true } })
        lease = await take('plan')
        assert.deepEqual(lease.cursor, cursor)
      }
    },
  },
  {
    name: 'handing back with a cursor is progress: attempts start anew',
    async prove({ start, plan, take, commit }) {
      await start([step('issues')])
      await plan('issues', ['A'])
      await commit(await take('extract'), { row: { to: 'pending', delayMs: 0, refund: false } })
      await commit(await take('extract'), { row: { to: 'pending', delayMs: 0, refund: false, cursor: 5 } })
      const lease = await take('extract')
      assert.deepEqual([lease.cursor, lease.cursorSeq, lease.attempts], [5, 1, 1])
    },
  },
  {
    name: 'a refund gives the attempt back, and keeps the cursor',
    async prove({ start, plan, take, commit }) {
      await start([step('issues')])
      await plan('issues', ['A'])
      await commit(await take('extract'), { row: { to: 'pending', delayMs: 0, refund: false, cursor: 3 } })
      for (let times = 0; times < 3; times++) {
        const lease = await take('extract')
        assert.deepEqual([lease.cursor, lease.attempts], [3, 1])
        await commit(lease, { row: { to: 'pending', delayMs: 0, refund: true, failure: TRANSIENT } })
      }
    },
  },
  {
    name: 'a row that lost its worker is suspect, also after it was handed back, until it makes progress or fails otherwise',
    async prove({ start, plan, take, commit, ledger }) {
      await start([step('issues')], { maxAttempts: 9 })
      await plan('issues', ['A'])
      const vanish = async () => {
        await take('extract', { leaseMs: 0 })
        await ledger.sweep({ staleAfterMs: MINUTE, ownerless: false })
      }
      const handedBack = { row: { to: 'pending', delayMs: 0, refund: true } } as const
      const first = await take('extract')
      assert.equal(first.suspect, false)
      await commit(first, handedBack)
      await vanish()
      const suspect = await take('extract')
      assert.deepEqual([suspect.suspect, suspect.attempts], [true, 2])
      await commit(suspect, handedBack)
      const kept = await take('extract', { workerId: 'retired' })
      assert.deepEqual([kept.suspect, kept.attempts], [true, 2])
      await ledger.retire('retired')
      const again = await take('extract')
      assert.equal(again.suspect, true)
      await commit(again, { row: { to: 'leased' } })
      await commit({ ...again, cursorSeq: again.cursorSeq + 1 }, handedBack)
      const busy = await take('extract')
      assert.equal(busy.suspect, true, 'keeping the lease is no progress')
      await commit(busy, { row: { to: 'leased', cursor: 1 } })
      await commit({ ...busy, cursorSeq: busy.cursorSeq + 1 }, handedBack)
      const advanced = await take('extract')
      assert.equal(advanced.suspect, false, 'it made progress')
      await commit(advanced, handedBack)
      await vanish()
      await commit(await take('extract'), { row: { ...handedBack.row, cursor: 2 } })
      const handedOn = await take('extract')
      assert.equal(handedOn.suspect, false, 'it was handed back with progress')
      await commit(handedOn, handedBack)
      await vanish()
      await commit(await take('extract'), { row: { ...handedBack.row, failure: TRANSIENT } })
      assert.equal((await take('extract')).suspect, false, 'it failed of something else')
    },
  },
  {
    name: 'a row remembers how long a provider made it wait, until it makes progress',
    async prove({ start, plan, take, commit, advanceTime }) {
      await start([step('issues')])
      await plan('issues', ['A'])
      const failure = { code: 'RATE_LIMITED', message: 'Failed to fetch: too many requests.', transient: true } as const
      const waits = async (delayMs: number, more: { readonly cursor?: number } = {}) => {
        const lease = await take('extract')
        await commit(lease, { row: { to: 'pending', delayMs, refund: true, failure, ...more } })
        await advanceTime(delayMs + 1)
        return lease.waitedMs
      }
      assert.equal(await waits(10_000), 0)
      assert.equal(await waits(5_000), 10_000)
      const other = await take('extract')
      assert.equal(other.waitedMs, 15_000)
      await commit(other, { row: { to: 'pending', delayMs: 3_000, refund: false, failure: TRANSIENT } })
      await advanceTime(3_001)
      const kept = await take('extract')
      assert.equal(kept.waitedMs, 15_000, 'another delay is no wait for a provider')
      await commit(kept, { row: { to: 'leased', cursor: 1 } })
      await commit({ ...kept, cursorSeq: 1 }, { row: { to: 'pending', delayMs: 0, refund: true } })
      assert.equal(await waits(5_000), 0, 'it made progress')
      assert.equal(await waits(5_000, { cursor: 2 }), 5_000)
      assert.equal((await take('extract')).waitedMs, 0, 'it waited after it had made progress')
    },
  },
  {
    name: 'a delayed row is not due before its time, also when it is asked for by id',
    async prove({ start, take, commit, claim, advanceTime }) {
      const run = await start([step('issues')])
      const { id, ...lease } = await take('plan')
      await commit({ id, ...lease }, { row: { to: 'pending', delayMs: 10_000, refund: true } })
      assert.deepEqual(await claim(EVERY_TYPE), [])
      assert.deepEqual(await claim(EVERY_TYPE, { row: { id, tenantId: run.tenantId, runId: run.runId } }), [])
      await advanceTime(10_001)
      assert.equal((await take('plan')).id, id)
    },
  },
  {
    name: 'a raw record keeps its bodies, their boundaries, and its sequence',
    async prove({ start, plan, take, commit, ledger, otherTenantJob }) {
      await start([step('issues')])
      await plan('issues', ['A'])
      const bodies = [new Uint8Array([0, 255, 10]), new Uint8Array(), new TextEncoder().encode('{"é":"\\u0000"}')]
      const sourceSeq = await ledger.nextSequence()
      await commit(await take('extract'), {
        row: { to: 'leased', cursor: 2 },
        raw: { ...page(), bodies, sourceSeq, unit: { project: 'A\u0000B' }, fullSync: true },
      })
      const lease = await take('transform')
      const raw = await ledger.readRaw(lease, rawIdOf(lease))
      assert.equal(raw?.id, rawIdOf(lease))
      assert.equal(raw.sourceSeq, sourceSeq)
      assert.equal(raw.fullSync, true)
      assert.deepEqual(Object.keys(raw.unit ?? {}), ['project'])
      assert.deepEqual(
        raw.bodies.map((body) => [...body]),
        bodies.map((body) => [...body]),
      )
      const foreign = { ...lease, tenantId: otherTenantJob.tenantId }
      assert.equal(await ledger.readRaw(foreign, rawIdOf(lease)), undefined, 'another tenant sees nothing')
      assert.equal(await ledger.readRaw(lease, rawIdOf(lease) + 1_000), undefined, 'there is none')
    },
  },
]
