import assert from 'node:assert/strict'
import type { Budget, BudgetName, BudgetScope } from '../ports/budget.ts'
import type { Lease } from '../ports/ledger.ts'
import type { ConformanceCase } from './conformance-case.ts'
import {
  EVERY_TYPE,
  type LedgerBench,
  type LedgerFixture,
  ledgerBench,
  MINUTE,
  page,
  step,
} from './ledger/ledger-bench.ts'

/** A budget under test, and the ledger whose claims obey it. */
export interface BudgetFixture extends LedgerFixture {
  readonly budget: Budget
  /** The ledger's time, in milliseconds since the epoch. */
  now(): number
}

interface BudgetBench extends LedgerBench, Pick<BudgetFixture, 'budget' | 'now'> {
  /** A run of four units, and whose budget it is charged to. */
  runOfUnits(): Promise<(budget: BudgetName) => BudgetScope>
}

interface BudgetSentence {
  readonly name: string
  readonly prove: (bench: BudgetBench) => Promise<void>
}

const HOUR = 60 * MINUTE
const UNITS = ['A', 'B', 'C', 'D']

/**
 * What the port `Budget` promises, together with the ledger that obeys it, as tests for any runner.
 *
 * @param make a budget over a ledger without runs, and two jobs of two tenants; called once per test
 * @example
 * for (const { name, run } of budgetConformance(make)) test(name, run)
 */
export function budgetConformance(make: () => Promise<BudgetFixture> | BudgetFixture): readonly ConformanceCase[] {
  return SENTENCES.map(({ name, prove }) => ({
    name,
    async run() {
      const fixture = await make()
      try {
        await prove(budgetBench(fixture))
      } finally {
        await fixture.close()
      }
    },
  }))
}

function budgetBench(fixture: BudgetFixture): BudgetBench {
  const bench = ledgerBench(fixture)
  return {
    ...bench,
    budget: fixture.budget,
    now: () => fixture.now(),
    async runOfUnits() {
      await bench.start([step('issues')])
      const plan = await bench.take('plan')
      const births = UNITS.map((key) => ({
        step: 'issues',
        jobType: 'extract' as const,
        payload: { unit: key },
        key,
      }))
      await bench.done(plan, { births })
      return (budget) => ({ tenantId: plan.tenantId, integrationId: plan.integrationId, budget })
    },
  }
}

const SENTENCES: readonly BudgetSentence[] = [
  {
    name: 'nothing is limited to begin with',
    async prove({ runOfUnits, budget, claim }) {
      const scope = await runOfUnits()
      const nothing = { blockedUntil: undefined, concurrency: undefined, quota: undefined }
      assert.deepEqual(await budget.state(scope('extraction')), nothing)
      assert.equal((await claim(EVERY_TYPE)).length, UNITS.length)
    },
  },
  {
    name: 'rows of a blocked integration are not claimed until its time has come',
    async prove({ runOfUnits, budget, claim, now, advanceTime }) {
      const scope = await runOfUnits()
      await budget.block(scope('extraction'), new Date(now() + HOUR))
      assert.deepEqual(await claim(EVERY_TYPE), [])
      assert.equal((await budget.state(scope('extraction'))).blockedUntil?.getTime(), now() + HOUR)
      await advanceTime(HOUR)
      assert.equal((await claim(EVERY_TYPE)).length, UNITS.length)
      assert.equal((await budget.state(scope('extraction'))).blockedUntil, undefined)
    },
  },
  {
    name: 'a claim of one named row obeys a block as well',
    async prove({ runOfUnits, budget, take, commit, claim, now }) {
      const scope = await runOfUnits()
      const lease = await take('extract')
      await commit(lease, { row: { to: 'pending', delayMs: 0, refund: true } })
      await budget.block(scope('extraction'), new Date(now() + HOUR))
      const row = { id: lease.id, tenantId: lease.tenantId, runId: lease.runId }
      assert.deepEqual(await claim(EVERY_TYPE, { row }), [])
    },
  },
  {
    name: 'a block is never shortened',
    async prove({ runOfUnits, budget, now }) {
      const scope = await runOfUnits()
      await budget.block(scope('extraction'), new Date(now() + HOUR))
      await budget.block(scope('extraction'), new Date(now() + MINUTE))
      assert.equal((await budget.state(scope('extraction'))).blockedUntil?.getTime(), now() + HOUR)
    },
  },
  {
    name: 'a block is about one integration: the others go on',
    async prove({ runOfUnits, budget, ledger, otherTenantJob, claim, now }) {
      const scope = await runOfUnits()
      await ledger.startRun({ ...otherTenantJob, graph: { steps: [step('issues')] }, mode: 'incremental', options: {} })
      await budget.block(scope('extraction'), new Date(now() + HOUR))
      const leases = await claim(EVERY_TYPE)
      assert.deepEqual(
        leases.map((lease) => lease.tenantId),
        [otherTenantJob.tenantId],
      )
    },
  },
  {
    name: 'extraction and embedding wait apart, and transforming for neither',
    async prove(bench) {
      const { runOfUnits, budget, take, done, claim, now } = bench
      const scope = await runOfUnits()
      for (const part of [1, 2]) await done(await take('extract'), { raw: page(`{"part":${part}}`) })
      const embed = { step: 'issues', jobType: 'embed', payload: { entity: 'issues', keys: [] } } as const
      await done(await take('transform'), { births: [embed] })
      await budget.block(scope('embedding'), new Date(now() + HOUR))
      const types = (leases: readonly Lease[]): readonly string[] => leases.map(({ jobType }) => jobType)
      assert.deepEqual(types(await claim(['embed'])), [])
      assert.deepEqual(types(await claim(['extract'], { limit: 1 })), ['extract'])
      await budget.block(scope('extraction'), new Date(now() + HOUR))
      assert.deepEqual(types(await claim(EVERY_TYPE)), ['transform'])
    },
  },
  {
    name: 'an integration has as many rows leased as it may, however many workers claim at once',
    async prove({ runOfUnits, budget, claim, done }) {
      const scope = await runOfUnits()
      await budget.limitConcurrency(scope('extraction'), 2)
      const claims = await Promise.all(
        ['one', 'two', 'three'].map((workerId) => claim(['extract'], { workerId, limit: 2 })),
      )
      const leases = claims.flat()
      assert.equal(leases.length, 2)
      assert.deepEqual(await claim(['extract']), [])
      for (const lease of leases) await done(lease)
      const next = await claim(['extract'])
      assert.equal(next.length, 2)
      assert.deepEqual(
        next.map(({ attempts }) => attempts),
        [1, 1],
      )
    },
  },
  {
    name: 'an integration without free places does not keep others waiting',
    async prove({ runOfUnits, budget, ledger, otherTenantJob, claim }) {
      const scope = await runOfUnits()
      await budget.limitConcurrency(scope('extraction'), 1)
      await ledger.startRun({ ...otherTenantJob, graph: { steps: [step('issues')] }, mode: 'incremental', options: {} })
      await claim(['extract'], { limit: 1 })
      const leases = await claim(EVERY_TYPE, { limit: 1 })
      assert.deepEqual(
        leases.map((lease) => lease.tenantId),
        [otherTenantJob.tenantId],
      )
    },
  },
  {
    name: 'a limit of concurrency can be lifted',
    async prove({ runOfUnits, budget, claim }) {
      const scope = await runOfUnits()
      await budget.limitConcurrency(scope('extraction'), 1)
      assert.equal((await claim(['extract'])).length, 1)
      await budget.limitConcurrency(scope('extraction'), undefined)
      assert.equal((await claim(['extract'])).length, UNITS.length - 1)
    },
  },
  {
    name: 'draws of several processes together take what there is, and then everybody waits for the next window',
    async prove({ runOfUnits, budget, claim, now, advanceTime }) {
      const scope = (await runOfUnits())('extraction')
      const quota = { remaining: 25, resetsAt: new Date(now() + HOUR) }
      const draws = await Promise.all([1, 2, 3].map(() => budget.draw(scope, { points: 10, quota })))
      assert.deepEqual(draws.toSorted(), [10, 10, 5])
      assert.deepEqual((await budget.state(scope)).quota, { ...quota, remaining: 0 })
      assert.equal((await budget.state(scope)).blockedUntil, undefined)
      assert.equal(await budget.draw(scope, { points: 10, quota }), 0)
      assert.deepEqual(await claim(['extract']), [])
      await advanceTime(HOUR)
      const next = { remaining: 25, resetsAt: new Date(now() + HOUR) }
      assert.equal(await budget.draw(scope, { points: 10, quota: next }), 10)
      assert.equal((await claim(['extract'])).length, UNITS.length)
    },
  },
]
