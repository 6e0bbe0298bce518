import assert from 'node:assert/strict'
import type { NamedRow } from '../../messages/parse-message.ts'
import type { OutboxQueue, Taken } from '../../ports/outbox.ts'
import { type LedgerBench, MINUTE, PERMANENT, page, rawIdOf, step, TRANSIENT, unit } from '../ledger/ledger-bench.ts'
import type { OutboxFixture } from '../outbox-conformance.ts'

export type OutboxBench = LedgerBench & OutboxFixture

interface OutboxSentence {
  readonly name: string
  readonly prove: (bench: OutboxBench) => Promise<void>
}

const PLANS: OutboxQueue = { jobType: 'plan', tier: null }
const UNITS: OutboxQueue = { jobType: 'extract', tier: 'free' }

const unitsOf = ({ rows }: Pick<Taken, 'rows'>): readonly unknown[] => rows.map(({ payload }) => payload.unit)

export const OUTBOX_SENTENCES: readonly OutboxSentence[] = [
  {
    name: 'it says what the message of a row says',
    async prove({ start, plan, outbox, job, claim, commit, take }) {
      const run = await start([step('issues')], {
        mode: 'full',
        options: { batchSize: 10 },
        priority: 3,
        maxAttempts: 4,
      })
      const [planRow] = (await outbox.take({ queue: PLANS, window: 9, limit: 9 })).rows
      assert.ok(planRow)
      assert.deepEqual(
        [planRow.tenantId, planRow.jobId, planRow.runId, planRow.step, planRow.jobType, planRow.mode, planRow.options],
        [job.tenantId, job.jobId, run.runId, 'issues', 'plan', 'full', { batchSize: 10 }],
      )
      assert.deepEqual([planRow.priority, planRow.attempts, planRow.maxAttempts, planRow.since], [3, 0, 4, null])
      assert.ok(planRow.integrationId > 0 && planRow.connector.length > 0 && planRow.provider.length > 0)
      assert.ok(planRow.scheduledAt instanceof Date && planRow.first)
      await plan('issues', ['A', 'B', 'C'])
      const some = await outbox.take({ queue: UNITS, window: 2, limit: 9 })
      assert.deepEqual(
        some.rows.map(({ payload, first }) => [payload.unit, first]),
        [
          ['A', true],
          ['B', false],
        ],
      )
      const [first] = await claim(['extract'], { limit: 1 })
      assert.ok(first)
      await commit(first, { row: { to: 'done' }, raw: page('{}') })
      assert.deepEqual(
        (await outbox.take({ queue: UNITS, window: 9, limit: 9 })).rows.map((row) => row.first),
        [false],
      )
      const [transform] = (await outbox.take({ queue: { jobType: 'transform', tier: 'free' }, window: 9, limit: 9 }))
        .rows
      assert.equal(transform?.payload.raw_id, rawIdOf(await take('transform')))
    },
  },
  {
    name: 'a row is taken once, and again when it comes back to pending',
    async prove({ start, outbox, take, commit }) {
      await start([step('issues')])
      const request = { queue: PLANS, window: 9, limit: 9 }
      assert.equal((await outbox.take(request)).rows.length, 1)
      assert.equal((await outbox.take(request)).rows.length, 0)
      await commit(await take('plan'), { row: { to: 'pending', delayMs: 0, refund: true } })
      assert.equal((await outbox.take(request)).rows.length, 1)
    },
  },
  {
    name: 'no more rows are published and unclaimed than the window takes, and their age is told',
    async prove({ start, plan, outbox, claim, advanceTime }) {
      await start([step('issues')])
      await plan('issues', ['A', 'B', 'C', 'D', 'E'])
      const first = await outbox.take({ queue: UNITS, window: 3, limit: 2 })
      assert.deepEqual([unitsOf(first), first.published, first.oldestMs], [['A', 'B'], 2, 0])
      await advanceTime(2_000)
      const second = await outbox.take({ queue: UNITS, window: 3, limit: 9 })
      assert.deepEqual([unitsOf(second), second.published], [['C'], 3])
      assert.ok(second.oldestMs >= 2_000)
      assert.deepEqual(unitsOf(await outbox.take({ queue: UNITS, window: 3, limit: 9 })), [])
      await claim(['extract'], { limit: 1 })
      const third = await outbox.take({ queue: UNITS, window: 3, limit: 9 })
      assert.deepEqual([unitsOf(third), third.published], [['D'], 3])
    },
  },
  {
    name: 'takers at once share the rows among them, and keep to the window together',
    async prove({ start, plan, outbox }) {
      await start([step('issues')])
      await plan('issues', ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'])
      const takes = await Promise.all([1, 2, 3].map(() => outbox.take({ queue: UNITS, window: 6, limit: 4 })))
      const units = takes.flatMap(unitsOf)
      assert.deepEqual([units.length, new Set(units).size], [6, 6])
    },
  },
  {
    name: 'tenants take turns, also when one of them has much more to do and began earlier',
    async prove({ start, claim, done, outbox, otherTenantJob }) {
      const large = await start([step('issues')])
      const keys = Array.from({ length: 40 }, (_, index) => `large-${index}`)
      for (const lease of await claim(['plan'])) await done(lease, { births: keys.map((key) => unit('issues', key)) })
      await start([step('issues')], otherTenantJob)
      const small = ['small-1', 'small-2'].map((key) => unit('issues', key))
      for (const lease of await claim(['plan'])) await done(lease, { births: small })
      const taken: unknown[] = []
      for (let times = 0; times < 4; times++) {
        taken.push(...unitsOf(await outbox.take({ queue: UNITS, window: 99, limit: 1 })))
      }
      assert.deepEqual(
        taken.filter((name) => String(name).startsWith('small')),
        ['small-1', 'small-2'],
      )
      const claimed: number[] = []
      for (let times = 0; times < 4; times++) {
        claimed.push(...(await claim(['extract'], { limit: 1 })).map(({ runId }) => runId))
      }
      assert.equal(claimed.filter((runId) => runId === large.runId).length, 2, 'claims take turns as well')
    },
  },
  {
    name: 'what is not due, or of a run that ended, is not taken',
    async prove({ start, outbox, take, commit, ledger, advanceTime }) {
      const run = await start([step('issues')])
      const request = { queue: PLANS, window: 9, limit: 9 }
      await commit(await take('plan'), { row: { to: 'pending', delayMs: 5_000, refund: true } })
      assert.deepEqual((await outbox.take(request)).rows, [])
      await advanceTime(5_001)
      assert.equal((await outbox.take(request)).rows.length, 1)
      await ledger.cancelRun(run)
      assert.deepEqual([await outbox.open(), (await outbox.take(request)).published], [[], 0])
    },
  },
  {
    name: 'a tier has queues of its own',
    async prove({ start, plan, outbox, job, setTier }) {
      await setTier(job.tenantId, 'premium')
      await start([step('issues')])
      await plan('issues', ['A'])
      assert.deepEqual(await outbox.open(), [{ jobType: 'extract', tier: 'premium' }])
      assert.deepEqual((await outbox.take({ queue: UNITS, window: 9, limit: 9 })).rows, [])
      const premium = await outbox.take({ queue: { jobType: 'extract', tier: 'premium' }, window: 9, limit: 9 })
      assert.deepEqual(unitsOf(premium), ['A'])
    },
  },
  {
    name: 'units are held back while too many raw records wait, in claims as in the outbox',
    async prove({ start, plan, take, commit, claim, done, outbox, maxPendingRaw }) {
      const run = await start([step('issues')])
      await plan('issues', ['A', 'B', 'C'])
      let lease = await take('extract')
      for (let pages = 0; pages < maxPendingRaw; pages++) {
        await commit(lease, { row: { to: 'leased', cursor: pages }, raw: page('{}') })
        lease = { ...lease, cursorSeq: lease.cursorSeq + 1 }
      }
      assert.deepEqual(unitsOf(await outbox.take({ queue: UNITS, window: 9, limit: 9 })), [])
      assert.deepEqual(await claim(['extract']), [])
      await commit(lease, { row: { to: 'pending', delayMs: 0, refund: true } })
      const row = { id: lease.id, tenantId: run.tenantId, runId: run.runId }
      assert.deepEqual(await claim(['extract'], { row }), [], 'also when a message names it')
      assert.equal(await outbox.unclaimable(row, 'extract'), 'waiting')
      await done(await take('transform'))
      assert.equal((await outbox.take({ queue: UNITS, window: 9, limit: 9 })).rows.length, 3)
      assert.equal((await claim(['extract'])).length, 3)
    },
  },
  {
    name: 'what was published long ago is taken again, and what was not published after all is given back',
    async prove({ start, plan, outbox, claim, advanceTime }) {
      await start([step('issues')])
      await plan('issues', ['A', 'B', 'C'])
      await outbox.take({ queue: UNITS, window: 2, limit: 9 })
      await advanceTime(10_000)
      const late = await outbox.take({ queue: UNITS, window: 9, limit: 9 })
      await claim(['extract'], { limit: 1 })
      const again = { queue: UNITS, olderThanMs: 10_000, limit: 9 }
      const old = await outbox.retake(again)
      assert.deepEqual([unitsOf({ rows: old }), old.map(({ first }) => first)], [['B'], [false]])
      assert.deepEqual(await outbox.retake(again), [], 'it counts as published now')
      await outbox.giveBack(late.rows.map(({ id }) => id))
      const given = await outbox.take({ queue: UNITS, window: 9, limit: 9 })
      assert.deepEqual([unitsOf(given), given.published], [['C'], 2])
    },
  },
  {
    name: 'it says why a named row cannot be claimed, and knows only what is the tenant’s',
    async prove(bench) {
      const { start, take, commit, done, outbox, ledger, otherTenantJob, claim, advanceTime } = bench
      const run = await start([step('issues')])
      const other = await start([step('issues')], otherTenantJob)
      const [foreign] = (await claim(['plan'])).filter(({ runId }) => runId === other.runId)
      assert.ok(foreign)
      await bench.ledger.retire('worker')
      await ledger.cancelRun(other)
      const lease = await take('plan')
      const row: NamedRow = { id: lease.id, tenantId: run.tenantId, runId: run.runId }
      assert.equal(await outbox.unclaimable(row, 'plan'), 'taken')
      await commit(lease, { row: { to: 'pending', delayMs: 5_000, refund: true } })
      assert.equal(await outbox.unclaimable(row, 'plan'), 'waiting')
      for (const [what, forged] of [
        ['tenant', { ...row, tenantId: other.tenantId }],
        ['run', { ...row, runId: other.runId }],
        ['row', { ...row, id: foreign.id }],
        ['unknown row', { ...row, id: row.id + 1_000 }],
        ['unknown tenant', { ...row, tenantId: 2_000_000_000 }],
      ] as const) {
        assert.equal(await outbox.unclaimable(forged, 'plan'), 'foreign', what)
      }
      assert.equal(await outbox.unclaimable(row, 'embed'), 'foreign', 'another kind')
      await advanceTime(5_001)
      await done(await take('plan'), { births: [unit('issues', 'A')] })
      assert.equal(await outbox.unclaimable(row, 'plan'), 'settled')
      await ledger.cancelRun(run)
      assert.equal(await outbox.unclaimable({ ...row, id: row.id + 1_000 }, 'plan'), 'settled', 'rows go after the run')
    },
  },
  {
    name: 'a row that waits counts as not published, so that it is taken when it is due',
    async prove({ start, outbox, take, commit, advanceTime }) {
      const run = await start([step('issues')])
      const request = { queue: PLANS, window: 9, limit: 9 }
      await commit(await take('plan'), { row: { to: 'pending', delayMs: 0, refund: true } })
      const [taken] = (await outbox.take(request)).rows
      assert.ok(taken)
      const row = { id: taken.id, tenantId: run.tenantId, runId: run.runId }
      assert.equal(await outbox.unclaimable(row, 'plan'), 'waiting')
      assert.equal((await outbox.take(request)).rows.length, 1)
      await advanceTime(1)
    },
  },
  {
    name: 'the backlog tells what is open, what is published, and for how long the oldest waits',
    async prove({ start, plan, outbox, claim, advanceTime }) {
      await start([step('issues')])
      await plan('issues', ['A', 'B', 'C'])
      await claim(['extract'], { limit: 1 })
      await outbox.take({ queue: UNITS, window: 1, limit: 9 })
      await advanceTime(MINUTE)
      const [only, ...others] = await outbox.backlog()
      assert.deepEqual([only?.queue, only?.open, only?.published, others], [UNITS, 3, 1, []])
      assert.ok((only?.oldestMs ?? 0) >= MINUTE)
      await claim(['extract'])
      assert.equal((await outbox.backlog())[0]?.oldestMs, null)
      assert.deepEqual(await outbox.open(), [UNITS])
    },
  },
  {
    name: 'every death is announced once, and again after the row died again; those of a stopped step are not',
    async prove({ start, plan, take, dead, outbox, claim, done, ledger, job, advanceTime }) {
      const run = await start([step('issues')])
      await plan('issues', ['A', 'B'])
      const first = await take('extract')
      await dead(first, { ...TRANSIENT, context: { status: 503 } })
      await done(await take('extract'), { births: [{ ...unit('issues', 'bad'), dead: PERMANENT }] })
      const [letter, second, ...others] = await outbox.takeDead(9)
      assert.deepEqual(others, [])
      assert.ok(letter && second && letter.diedAt instanceof Date)
      const { diedAt: _, ...facts } = letter
      const { integrationId } = first
      const ids = { tenantId: job.tenantId, jobId: job.jobId, integrationId, runId: run.runId }
      const failure = { ...TRANSIENT, context: { status: 503 } }
      assert.deepEqual(facts, { id: first.id, ...ids, step: 'issues', jobType: 'extract', attempts: 1, failure })
      assert.equal(second.failure.code, PERMANENT.code)
      assert.deepEqual(await outbox.takeDead(9), [])
      await outbox.giveBackDead([first.id])
      assert.deepEqual(
        (await outbox.takeDead(9)).map(({ id }) => id),
        [first.id],
      )

      await advanceTime(1_000)
      await start([step('issues')])
      await plan('issues', [])
      const [adopted] = await claim(['extract'])
      assert.ok(adopted)
      await advanceTime(1_000)
      await dead(adopted)
      assert.deepEqual(
        (await outbox.takeDead(9)).map(({ id }) => id),
        [first.id],
        'it died again',
      )

      await start([step('issues')])
      const keys = Array.from({ length: 80 }, (_, index) => `key-${index}`)
      await plan('issues', keys)
      for (const lease of await claim(['extract'], { limit: 50 })) await dead(lease)
      await ledger.sweep({ staleAfterMs: MINUTE, ownerless: false })
      assert.equal((await outbox.takeDead(99)).length, 50)
    },
  },
]
