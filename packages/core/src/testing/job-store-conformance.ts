import assert from 'node:assert/strict'
import type { JobStore } from '../ports/job-store.ts'
import type { Ledger } from '../ports/ledger.ts'
import type { RunMode } from '../ports/run-mode.ts'
import type { ConformanceCase } from './conformance-case.ts'

/** What a job store under test comes with. */
export interface JobStoreFixture {
  readonly jobStore: JobStore
  /** A ledger that tells the store of its runs. */
  readonly ledger: Ledger
  /** An active job of connector `tracker` with an active integration, due now: every 60 minutes, retried after 5. */
  readonly job: { readonly jobId: number; readonly tenantId: number }
  /** The same of another tenant. */
  readonly otherTenantJob: { readonly jobId: number; readonly tenantId: number }
  setJobActive(job: JobStoreFixture['job'], active: boolean): Promise<void> | void
  /** Lets the store's clock go on. */
  advanceTime(ms: number): Promise<void> | void
  close(): Promise<void> | void
}

const MINUTE = 60_000
const CLAIM = { connectors: ['tracker'], limit: 10, holdMs: MINUTE }
const STEPS = [{ name: 'issues', displayName: 'Issues', order: 1, after: [], spawns: [] }]
const REQUEST = { graph: { steps: STEPS }, mode: 'incremental', options: {} } as const

const SENTENCES: readonly { readonly name: string; prove(fixture: JobStoreFixture): Promise<void> }[] = [
  {
    name: 'jobs that are due are claimed once, of all tenants, until the claim ends',
    async prove({ jobStore, job, otherTenantJob, advanceTime }) {
      const both = await jobStore.claimDue(CLAIM)
      const names = both.map(({ job: { id: jobId, tenantId } }) => ({ jobId, tenantId }))
      assert.deepEqual(names.toSorted(byJob), [job, otherTenantJob].toSorted(byJob))
      assert.deepEqual(await jobStore.claimDue(CLAIM), [])
      await advanceTime(MINUTE - 1)
      assert.deepEqual(await jobStore.claimDue(CLAIM), [])
      await advanceTime(1)
      assert.equal((await jobStore.claimDue(CLAIM)).length, 2)
    },
  },
  {
    name: 'no more are claimed than asked for, and of many that claim at once each job goes to one',
    async prove({ jobStore }) {
      const claims = await Promise.all(Array.from({ length: 4 }, () => jobStore.claimDue({ ...CLAIM, limit: 1 })))
      assert.ok(claims.every((claimed) => claimed.length <= 1))
      const left = await jobStore.claimDue(CLAIM)
      const ids = [...claims.flat(), ...left].map(({ job }) => job.id)
      assert.equal(ids.length, 2)
      assert.equal(new Set(ids).size, 2)
    },
  },
  {
    name: 'a job of a connector that the program lacks is left to others for the length of a claim',
    async prove({ jobStore, advanceTime }) {
      const without = { ...CLAIM, connectors: ['another'] }
      assert.deepEqual(await jobStore.claimDue(without), [])
      await advanceTime(MINUTE)
      assert.equal((await jobStore.claimDue(without)).length, 2)
    },
  },
  {
    name: 'a job that is inactive or runs is not due; when its run ends, it is due an interval after its start',
    async prove({ jobStore, ledger, job, otherTenantJob, setJobActive, advanceTime }) {
      await setJobActive(otherTenantJob, false)
      await ledger.startRun({ ...job, ...REQUEST })
      await advanceTime(50 * MINUTE)
      assert.deepEqual(await jobStore.claimDue(CLAIM), [])
      const [lease] = await ledger.claim({ workerId: 'w', jobTypes: ['plan'], limit: 1, leaseMs: MINUTE })
      assert.ok(lease)
      assert.equal(await ledger.commit(lease, { row: { to: 'done' } }), 'committed')
      await advanceTime(10 * MINUTE - 1)
      assert.deepEqual(await jobStore.claimDue(CLAIM), [])
      await advanceTime(1)
      assert.equal((await jobStore.claimDue(CLAIM)).length, 1)
      await setJobActive(otherTenantJob, true)
      assert.equal((await jobStore.claimDue(CLAIM)).length, 1)
    },
  },
  {
    name: 'a run that failed for a passing reason is due again after the retry interval',
    async prove({ jobStore, ledger, job, otherTenantJob, setJobActive, advanceTime }) {
      await setJobActive(otherTenantJob, false)
      await ledger.startRun({ ...job, ...REQUEST })
      const [lease] = await ledger.claim({ workerId: 'w', jobTypes: ['plan'], limit: 1, leaseMs: MINUTE })
      assert.ok(lease)
      const failure = { code: 'HTTP_TIMEOUT', message: 'Failed to fetch.', transient: true } as const
      await ledger.commit(lease, { row: { to: 'dead', failure } })
      await advanceTime(5 * MINUTE - 1)
      assert.deepEqual(await jobStore.claimDue(CLAIM), [])
      await advanceTime(1)
      assert.equal((await jobStore.claimDue(CLAIM)).length, 1)
    },
  },
  {
    name: 'a backfill does not shift the schedule',
    async prove({ jobStore, ledger, job, otherTenantJob, setJobActive, advanceTime }) {
      await setJobActive(otherTenantJob, false)
      const run = async (mode: RunMode): Promise<void> => {
        await ledger.startRun({ ...job, ...REQUEST, mode })
        const [lease] = await ledger.claim({ workerId: 'w', jobTypes: ['plan'], limit: 1, leaseMs: MINUTE })
        assert.ok(lease)
        await ledger.commit(lease, { row: { to: 'done' } })
      }
      await run('incremental')
      await advanceTime(40 * MINUTE)
      await run('backfill')
      assert.deepEqual(await jobStore.claimDue(CLAIM), [])
      await advanceTime(20 * MINUTE)
      assert.equal((await jobStore.claimDue(CLAIM)).length, 1)
    },
  },
  {
    name: 'a job that is skipped is due again after the retry interval, or the schedule’s',
    async prove({ jobStore, advanceTime }) {
      const [first, second] = await jobStore.claimDue(CLAIM)
      assert.ok(first && second)
      assert.equal(await jobStore.skip(first, { note: 'Not now.', soon: true }), true)
      assert.equal(await jobStore.skip(second, { note: 'Much later.', soon: false }), true)
      await advanceTime(5 * MINUTE)
      const early = await jobStore.claimDue(CLAIM)
      assert.deepEqual(
        early.map(({ job }) => job.id),
        [first.job.id],
      )
      await advanceTime(55 * MINUTE)
      assert.equal((await jobStore.claimDue(CLAIM)).length, 2)
    },
  },
  {
    name: 'a claim that ended starts nothing and skips nothing, once another one took its place',
    async prove({ jobStore, ledger, advanceTime }) {
      const [old] = await jobStore.claimDue({ ...CLAIM, limit: 1 })
      assert.ok(old)
      await advanceTime(MINUTE)
      const renewed = await jobStore.claimDue(CLAIM)
      const claim = renewed.find(({ job }) => job.id === old.job.id)
      assert.ok(claim)
      const start = ({ job: { id: jobId, tenantId }, claimedUntil }: typeof old) =>
        ledger.startRun({ jobId, tenantId, ...REQUEST, claimedUntil })
      await assert.rejects(start(old), { code: 'RUN_REFUSED' })
      assert.equal(await jobStore.skip(old, { note: 'Too late.', soon: true }), false)
      await start(claim)
      assert.equal(await jobStore.skip(claim, { note: 'It runs.', soon: true }), false)
    },
  },
]

/**
 * What the port `JobStore` promises about schedules, as tests for any runner.
 *
 * @param make a store with two jobs that never ran; called once per test
 * @example
 * for (const { name, run } of jobStoreConformance(make)) test(name, run)
 */
export function jobStoreConformance(
  make: () => Promise<JobStoreFixture> | JobStoreFixture,
): readonly ConformanceCase[] {
  return SENTENCES.map(({ name, prove }) => ({
    name,
    async run() {
      const fixture = await make()
      try {
        await prove(fixture)
      } finally {
        await fixture.close()
      }
    },
  }))
}

function byJob(left: JobStoreFixture['job'], right: JobStoreFixture['job']): number {
  return left.jobId - right.jobId
}
