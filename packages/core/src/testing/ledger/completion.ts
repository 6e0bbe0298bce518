import assert from 'node:assert/strict'
import { STAGES } from '../../completion/run-graph.ts'
import type { RunRef } from '../../ports/ledger.ts'
import { type LedgerBench, type LedgerSentence, PERMANENT, page, step, TRANSIENT, unit } from './ledger-bench.ts'

/** When stages open and close, and what a run ends as. */
export const COMPLETION: readonly LedgerSentence[] = [
  {
    name: 'plan, extraction, transform and embedding close one after the other, and the run with the last',
    async prove(bench) {
      const { start, take, done, snapshot } = bench
      const run = await start([step('issues', { displayName: 'Issues', order: 3 })])
      assert.equal(await states(bench, run, 'issues'), 'running idle idle idle')
      await done(await take('plan'), { births: [unit('issues', 'A')] })
      assert.equal(await states(bench, run, 'issues'), 'finished running idle idle')
      await done(await take('extract'), { raw: page('{}') })
      assert.equal(await states(bench, run, 'issues'), 'finished finished running idle')
      await done(await take('transform'), { births: [{ step: 'issues', jobType: 'embed', payload: {} }] })
      assert.equal(await states(bench, run, 'issues'), 'finished finished finished running')
      const open = await snapshot(run)
      assert.deepEqual([open.state, open.finishedAt, open.status.overall], ['running', null, 'RUNNING'])
      await done(await take('embed'))
      const closed = await snapshot(run)
      assert.deepEqual([closed.state, closed.status.overall], ['finished', 'FINISHED'])
      assert.ok(closed.finishedAt && closed.finishedAt >= closed.startedAt)
      assert.deepEqual(closed.status.steps, {
        issues: {
          order: 3,
          display_name: 'Issues',
          extraction: 'finished',
          transform: 'finished',
          embedding: 'finished',
        },
      })
    },
  },
  {
    name: 'stages with nothing to do are finished at once',
    async prove(bench) {
      const run = await bench.start([step('issues'), step('prs')])
      for (const lease of await bench.claim(['plan'])) await bench.done(lease)
      assert.equal(await states(bench, run, 'issues'), 'finished finished finished finished')
      assert.equal((await bench.snapshot(run)).state, 'finished')
    },
  },
  {
    name: 'extraction stays open while a unit waits, and transform while extraction is open',
    async prove(bench) {
      const run = await bench.start([step('issues')])
      await bench.plan('issues', ['A', 'B'])
      await bench.done(await bench.take('extract'), { raw: page('{}') })
      await bench.done(await bench.take('transform'))
      assert.equal(await states(bench, run, 'issues'), 'finished running running idle')
      await bench.done(await bench.take('extract'))
      assert.equal((await bench.snapshot(run)).state, 'finished')
    },
  },
  {
    name: 'extraction stays open while planning goes on, though all its units are settled',
    async prove(bench) {
      const run = await bench.start([step('issues')])
      const planning = await bench.take('plan')
      await bench.commit(planning, { row: { to: 'leased' }, births: [unit('issues', 'A')] })
      await bench.done(await bench.take('extract'))
      assert.equal(await states(bench, run, 'issues'), 'running running idle idle')
      await bench.done({ ...planning, cursorSeq: 1 }, { births: [unit('issues', 'B')] })
      await bench.done(await bench.take('extract'))
      assert.equal((await bench.snapshot(run)).state, 'finished')
    },
  },
  {
    name: 'a step is planned when the transform stages of all that it comes after are closed',
    async prove(bench) {
      const { start, take, done, claim } = bench
      const run = await start([step('projects'), step('people'), step('issues', { after: ['projects', 'people'] })])
      const leases = await claim(['plan'])
      assert.deepEqual(leases.map((lease) => lease.step).sort(), ['people', 'projects'])
      for (const lease of leases) {
        await done(lease, { births: lease.step === 'projects' ? [unit('projects', 'A')] : [] })
      }
      await done(await take('extract'), { raw: page('{}') })
      assert.deepEqual(await claim(['plan']), [])
      await done(await take('transform'), { births: [{ step: 'projects', jobType: 'embed', payload: {} }] })
      assert.equal((await take('plan')).step, 'issues', 'embedding is not waited for')
      assert.equal(await states(bench, run, 'issues'), 'running idle idle idle')
    },
  },
  {
    name: 'extraction of a step stays open until all that may spawn into it are closed',
    async prove(bench) {
      const { start, claim, done, take } = bench
      const run = await start([step('repos', { spawns: ['prs'] }), step('prs')])
      for (const lease of await claim(['plan'])) {
        await done(lease, { births: lease.step === 'repos' ? [unit('repos', 'A'), unit('repos', 'B')] : [] })
      }
      assert.equal(await states(bench, run, 'prs'), 'finished idle idle idle')
      const [first, second] = await claim(['extract'])
      assert.ok(first && second)
      await done(first, { births: [unit('prs', '1')] })
      await done(await take('extract'))
      assert.equal(await states(bench, run, 'prs'), 'finished running idle idle')
      await done(second, { births: [unit('prs', '2')] })
      assert.equal(await states(bench, run, 'repos'), 'finished finished finished finished')
      await done(await take('extract'))
      assert.equal((await bench.snapshot(run)).state, 'finished')
    },
  },
  {
    name: 'a run with a dead row fails, says which, and later stages are worked to the end',
    async prove(bench) {
      const { start, plan, take, done, dead, ledger, snapshot } = bench
      const run = await start([step('issues'), step('links', { after: ['issues'] })])
      await plan('issues', ['A', 'B'])
      await done(await take('extract'), { raw: page('{}') })
      await dead(await take('extract'), { ...PERMANENT, context: { status: 404 } })
      await done(await take('transform'))
      await plan('links', [])
      const closed = await snapshot(run)
      assert.equal(await states(bench, run, 'issues'), 'finished failed finished finished')
      assert.deepEqual([closed.state, closed.status.overall], ['failed', 'FAILED'])
      const rows = await ledger.deadRows(run.runId, 10)
      assert.deepEqual(
        rows.map((row) => [row.step, row.jobType, row.payload.unit, row.attempts, row.failure]),
        [['issues', 'extract', 'B', 1, { ...PERMANENT, context: { status: 404 } }]],
      )
    },
  },
  {
    name: 'when planning fails, steps that come after fail without being planned',
    async prove(bench) {
      const { start, take, dead, claim, snapshot } = bench
      const run = await start([step('projects'), step('issues', { after: ['projects'] })])
      await dead(await take('plan'))
      assert.deepEqual(await claim(['plan']), [])
      assert.equal(await states(bench, run, 'projects'), 'failed failed finished finished')
      assert.equal(await states(bench, run, 'issues'), 'failed failed finished finished')
      assert.equal((await snapshot(run)).state, 'failed')
    },
  },
  {
    name: 'dead rows are told oldest first, and no more than asked for',
    async prove({ start, plan, claim, dead, ledger }) {
      const run = await start([step('issues')])
      await plan('issues', ['A', 'B', 'C'])
      for (const lease of await claim(['extract'])) await dead(lease)
      const rows = await ledger.deadRows(run.runId, 2)
      assert.deepEqual(
        rows.map((row) => row.payload.unit),
        ['A', 'B'],
      )
      assert.deepEqual(await ledger.deadRows(run.runId + 1, 2), [])
    },
  },
  {
    name: 'a stage of which more than a fifth and at least fifty rows are dead is stopped; the rest is transient debt',
    async prove({ start, plan, claim, dead, counters, snapshot, ledger }) {
      const run = await start([step('issues')])
      await plan(
        'issues',
        Array.from({ length: 60 }, (_, index) => `unit-${index}`),
      )
      const leases = await claim(['extract'], { limit: 50 })
      for (const lease of leases.slice(0, 49)) await dead(lease)
      assert.equal((await counters(run, 'issues', 'extraction')).dead, 49)
      const last = leases[49]
      assert.ok(last)
      await dead(last)
      assert.equal((await counters(run, 'issues', 'extraction')).dead, 60)
      assert.equal((await snapshot(run)).state, 'failed')
      const rows = await ledger.deadRows(run.runId, 100)
      const stopped = rows.filter((row) => row.failure.code === 'STEP_STOPPED')
      assert.equal(stopped.length, 10)
      assert.ok(stopped.every((row) => row.failure.transient))
    },
  },
  {
    name: 'the revision of the status grows with every change, from run to run',
    async prove({ start, take, done, dead, snapshot }) {
      const revisions: number[] = []
      const look = async (run: RunRef) => revisions.push((await snapshot(run)).status.revision)
      const first = await start([step('issues')])
      await look(first)
      await done(await take('plan'), { births: [unit('issues', 'A')] })
      await look(first)
      await done(await take('extract'))
      await look(first)
      const second = await start([step('issues')])
      await look(second)
      await dead(await take('plan'), TRANSIENT)
      await look(second)
      assert.deepEqual(
        revisions,
        [...new Set(revisions)].sort((left, right) => left - right),
      )
    },
  },
  {
    name: 'progress within a stage does not change the revision',
    async prove({ start, plan, claim, done, snapshot }) {
      const run = await start([step('issues')])
      await plan('issues', ['A', 'B', 'C', 'D'])
      const [first, second, third] = await claim(['extract'])
      assert.ok(first && second && third)
      await done(first, { raw: page('{}') })
      const { revision } = (await snapshot(run)).status
      await done(second, { raw: page('{}') })
      await done(third)
      assert.equal((await snapshot(run)).status.revision, revision)
    },
  },
]

async function states({ snapshot }: LedgerBench, run: RunRef, name: string): Promise<string> {
  const { counters } = await snapshot(run)
  return STAGES.map((stage) => counters.find((row) => row.step === name && row.stage === stage)?.state).join(' ')
}
