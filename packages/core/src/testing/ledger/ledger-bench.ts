import assert from 'node:assert/strict'
import type { GraphStep, JobType, Stage, StageCounters } from '../../completion/run-graph.ts'
import type { Json } from '../../contracts/json.ts'
import type {
  ClaimRequest,
  Commit,
  FailureRecord,
  Lease,
  Ledger,
  NewRaw,
  NewRow,
  RunRef,
  RunSnapshot,
  StartRun,
} from '../../ports/ledger.ts'

/** What a ledger under test comes with. */
export interface LedgerFixture {
  readonly ledger: Ledger
  /** An active job of an active integration, which never ran. */
  readonly job: { readonly jobId: number; readonly tenantId: number }
  /** The same of another tenant. */
  readonly otherTenantJob: { readonly jobId: number; readonly tenantId: number }
  /** Lets the ledger's clock go on, by at least so much. */
  advanceTime(ms: number): Promise<void> | void
  close(): Promise<void> | void
}

/** One sentence of the port, and its proof. */
export interface LedgerSentence {
  readonly name: string
  readonly prove: (bench: LedgerBench) => Promise<void>
}

/** A ledger under test, with short ways to say what sentences keep saying. */
export interface LedgerBench extends LedgerFixture {
  start(steps: readonly GraphStep[], more?: Partial<StartRun>): Promise<RunRef>
  claim(jobTypes: readonly JobType[], more?: Partial<ClaimRequest>): Promise<readonly Lease[]>
  /** Claims one row, which must be there. */
  take(jobType: JobType, more?: Partial<ClaimRequest>): Promise<Lease>
  /** Commits, which must succeed. */
  commit(lease: Lease, commit: Commit): Promise<void>
  done(lease: Lease, more?: Omit<Commit, 'row'>): Promise<void>
  dead(lease: Lease, failure?: FailureRecord): Promise<void>
  /** Plans the step: its units are these keys. */
  plan(step: string, keys: readonly string[]): Promise<void>
  snapshot(run: RunRef): Promise<RunSnapshot>
  counters(run: RunRef, step: string, stage: Stage): Promise<StageCounters>
}

export const EVERY_TYPE: readonly JobType[] = ['plan', 'extract', 'transform', 'embed']
export const MINUTE = 60_000

export const TRANSIENT: FailureRecord = { code: 'HTTP_UNAVAILABLE', message: 'Failed to fetch.', transient: true }
export const PERMANENT: FailureRecord = { code: 'INVALID_BODY', message: 'Failed to read a body.', transient: false }

export function ledgerBench(fixture: LedgerFixture): LedgerBench {
  const { ledger, job } = fixture
  const bench: LedgerBench = {
    ...fixture,
    start: (steps, more = {}) =>
      ledger.startRun({ ...job, graph: { steps }, mode: 'incremental', options: {}, ...more }),
    claim: (jobTypes, more = {}) =>
      ledger.claim({ workerId: 'worker', jobTypes, limit: 100, leaseMs: MINUTE, ...more }),
    async take(jobType, more = {}) {
      const [lease] = await bench.claim([jobType], { limit: 1, ...more })
      assert.ok(lease, `no ${jobType} row is due`)
      return lease
    },
    async commit(lease, commit) {
      assert.equal(await ledger.commit(lease, commit), 'committed')
    },
    done: (lease, more = {}) => bench.commit(lease, { ...more, row: { to: 'done' } }),
    dead: (lease, failure = PERMANENT) => bench.commit(lease, { row: { to: 'dead', failure } }),
    async plan(name, keys) {
      const lease = await bench.take('plan')
      assert.equal(lease.step, name)
      await bench.done(lease, { births: keys.map((key) => unit(name, key)) })
    },
    async snapshot(run) {
      const snapshot = await ledger.run(run.runId)
      assert.ok(snapshot)
      return snapshot
    },
    async counters(run, name, stage) {
      const { counters } = await bench.snapshot(run)
      const found = counters.find((row) => row.step === name && row.stage === stage)
      assert.ok(found, `no counters for ${stage} of ${name}`)
      return found
    },
  }
  return bench
}

/** A step of a run. */
export function step(name: string, more: Partial<GraphStep> = {}): GraphStep {
  return { name, displayName: name, order: 1, after: [], spawns: [], ...more }
}

/** A unit to extract, as planning gives birth to it. */
export function unit(name: string, key: string): NewRow {
  return { step: name, jobType: 'extract', payload: { unit: key }, key }
}

/** A page of these bodies. */
export function page(...bodies: readonly string[]): NewRaw {
  return {
    sourceSeq: 7,
    bodies: bodies.map((body) => new TextEncoder().encode(body)),
    connectorVersion: '1.0.0',
    transformVersion: 1,
    externalId: 'unit',
    unit: {},
    fullSync: false,
  }
}

/** Where a transform row finds the raw record that it was born for. */
export function rawIdOf(lease: Lease): number {
  const rawId: Json | undefined = lease.payload.raw_id
  assert.ok(typeof rawId === 'number', 'a transform row names its raw record as raw_id')
  return rawId
}
