import assert from 'node:assert/strict'
import { LOST_PLACE } from '../../completion/lost-place.ts'
import { isMillraceError } from '../../errors/millrace-error.ts'
import type { LedgerChange, NewRow, RunRef } from '../../ports/ledger.ts'
import { EVERY_TYPE, type LedgerSentence, PERMANENT, page, step, TRANSIENT, unit } from './ledger-bench.ts'

/** Starting, cancelling and taking debt over. */
export const RUNS: readonly LedgerSentence[] = [
  {
    name: 'a job that runs is refused, until its run has ended; other jobs are not affected',
    async prove({ start, take, done, otherTenantJob, claim }) {
      await start([step('issues')])
      await assert.rejects(start([step('issues')]), refused)
      await start([step('issues')], otherTenantJob)
      await done(await take('plan'))
      await done(await take('plan'))
      await start([step('issues')])
      assert.equal((await claim(EVERY_TYPE)).length, 1)
    },
  },
  {
    name: 'of two that start a job at once, one wins and the other is refused',
    async prove({ start, claim }) {
      const outcomes = await Promise.allSettled([start([step('issues')]), start([step('issues')])])
      assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
      for (const outcome of outcomes) if (outcome.status === 'rejected') assert.ok(refused(outcome.reason))
      assert.equal((await claim(EVERY_TYPE)).length, 1)
    },
  },
  {
    name: 'a job that does not exist, or is of another tenant, is refused',
    async prove({ start, job, otherTenantJob, claim }) {
      await assert.rejects(start([step('issues')], { jobId: 987_654 }), refused)
      await assert.rejects(start([step('issues')], { ...job, tenantId: otherTenantJob.tenantId }), refused)
      assert.deepEqual(await claim(EVERY_TYPE), [])
    },
  },
  {
    name: 'transient debt of an earlier run moves to the next one, with its window, cursor and a fresh count of attempts',
    async prove({ start, take, commit, done, dead, counters, snapshot, ledger }) {
      const first = await start([step('issues')])
      const window = { since: null, until: new Date('2024-03-01T00:00:00Z') }
      const births = ['A', 'B'].map((key) => ({ ...unit('issues', key), window }))
      await done(await take('plan'), { births })
      const lease = await take('extract')
      await commit(lease, { row: { to: 'leased', cursor: 'page 2' }, raw: page('{}') })
      await dead({ ...lease, cursorSeq: 1 }, TRANSIENT)
      await dead(await take('extract'), PERMANENT)
      await done(await take('transform'))
      assert.equal((await snapshot(first)).state, 'failed')

      const second = await start([step('issues')])
      assert.equal((await counters(second, 'issues', 'extraction')).planned, 1)
      const adopted = await take('extract')
      assert.deepEqual([adopted.runId, adopted.payload.unit, adopted.attempts], [second.runId, 'A', 1])
      assert.deepEqual([adopted.cursor, adopted.cursorSeq, adopted.window], ['page 2', 1, window])
      const left = await ledger.deadRows(first.runId, 10)
      assert.deepEqual(
        left.map((row) => row.payload.unit),
        ['B'],
      )
      await done(await take('plan'), { births: [unit('issues', 'A')] })
      assert.equal((await counters(second, 'issues', 'extraction')).planned, 1, 'the same unit is not planned twice')
      await done(adopted)
      assert.equal((await snapshot(second)).state, 'finished')
    },
  },
  {
    name: 'debt that lost its place in a list begins at its start',
    async prove({ start, take, commit, done, dead }) {
      await start([step('issues')])
      await done(await take('plan'), { births: LOST_PLACE.map((code) => unit('issues', code)) })
      for (const code of LOST_PLACE) {
        const lease = await take('extract')
        await commit(lease, { row: { to: 'leased', cursor: 'nowhere' }, raw: page('{}') })
        await dead({ ...lease, cursorSeq: 1 }, { ...TRANSIENT, code })
        await done(await take('transform'))
      }
      await start([step('issues')])
      for (const _ of LOST_PLACE) {
        const { cursor, cursorSeq } = await take('extract')
        assert.deepEqual([cursor, cursorSeq], [null, 1])
      }
    },
  },
  {
    name: 'rows about one spawned unit that runs left are adopted as one, from its start, in a window over all of theirs',
    async prove({ start, take, commit, dead, claim, counters, ledger }) {
      const day = (number: number): Date => new Date(Date.UTC(2024, 2, number))
      const spawned = (key: string, since: Date | null, until: Date): NewRow => {
        const payload = { unit: { id: key }, spawned: true }
        return {
          step: 'comments',
          jobType: 'extract',
          key: `${key} ${until.getDate()}`,
          payload,
          window: { since, until },
        }
      }
      const steps = [step('issues', { spawns: ['comments'] }), step('comments')]
      const startAndSpawn = async (births: readonly NewRow[]): Promise<RunRef> => {
        const run = await start(steps)
        await commit(await take('plan'), { row: { to: 'leased' }, births })
        return run
      }
      const first = await startAndSpawn([spawned('A', day(2), day(4)), spawned('B', day(2), day(4))])
      for (const lease of await claim(['extract'])) {
        await commit(lease, { row: { to: 'leased', cursor: 'page 2' }, raw: page('{}') })
        await dead({ ...lease, cursorSeq: 1 }, TRANSIENT)
      }
      await ledger.cancelRun(first)
      const second = await startAndSpawn([spawned('A', day(3), day(5))])
      assert.equal((await counters(second, 'comments', 'extraction')).planned, 3, 'in another window it is born')
      await ledger.cancelRun(second)

      const third = await start(steps)
      assert.equal((await counters(third, 'comments', 'extraction')).planned, 2)
      const adopted = await claim(['extract'])
      assert.deepEqual(adopted.map(({ payload, cursor, window }) => [payload.unit, cursor, window]).sort(), [
        [{ id: 'A' }, null, { since: day(2), until: day(5) }],
        [{ id: 'B' }, 'page 2', { since: day(2), until: day(4) }],
      ])
      await ledger.cancelRun(third)
      await start(steps)
      assert.equal((await claim(['extract'])).length, 2, 'what was adopted as one stays one')
    },
  },
  {
    name: 'a spawned unit is tried again whatever it died of, since nobody spawns it again; not if it takes its process down',
    async prove({ start, take, done, dead, claim, snapshot }) {
      const steps = [step('issues', { spawns: ['comments'] }), step('comments')]
      const spawned = (unit: string) =>
        ({ step: 'comments', jobType: 'extract', key: unit, payload: { unit, spawned: true } }) as const
      await start(steps)
      for (let plan = 0; plan < 2; plan += 1) {
        const row = await take('plan')
        await done(row, { births: row.step === 'issues' ? [spawned('refused'), spawned('deadly')] : [] })
      }
      for (const lease of await claim(['extract'])) {
        await dead(lease, lease.payload.unit === 'refused' ? PERMANENT : { ...PERMANENT, code: 'LEASE_EXPIRED' })
      }
      const run = await start(steps)
      for (let plan = 0; plan < 2; plan += 1) await done(await take('plan'))
      const adopted = await claim(['extract'])
      assert.deepEqual(
        adopted.map(({ payload }) => payload.unit),
        ['refused'],
      )
      for (const lease of adopted) await dead(lease, PERMANENT)
      const { state, status } = await snapshot(run)
      assert.deepEqual([state, status.overall, status.open_dead_letters], ['failed', 'FAILED', 2])
    },
  },
  {
    name: 'permanent debt waits, and a transformer of a higher version takes up what its predecessor died of, once',
    async prove({ start, plan, take, dead, done, claim, ledger }) {
      const versioned = (transformVersion: number) => [step('issues', { transformVersion })]
      const first = await start(versioned(1))
      await plan('issues', ['A', 'B'])
      await done(await take('extract'), { raw: page('{}') })
      await dead(await take('transform'), PERMANENT)
      await dead(await take('extract'), PERMANENT)
      await start(versioned(1))
      assert.deepEqual(await claim(['extract', 'transform']), [], 'the same version would fail the same way')
      await plan('issues', [])
      const second = await start(versioned(2))
      const [lease, ...others] = await claim(['extract', 'transform'])
      assert.ok(lease)
      assert.deepEqual([lease.jobType, lease.runId, lease.attempts, others], ['transform', second.runId, 1, []])
      await dead(lease, PERMANENT)
      await plan('issues', [])
      await start(versioned(2))
      assert.deepEqual(await claim(['extract', 'transform']), [])
      assert.equal((await ledger.deadRows(first.runId, 10)).length, 1, 'of extraction, nobody knows better by now')
    },
  },
  {
    name: 'a replay is given the stored records of its step page by page, and adopts nothing that talks to the provider',
    async prove({ start, plan, take, commit, dead, claim, ledger, otherTenantJob }) {
      await start([step('issues')])
      await plan('issues', ['A'])
      const lease = await take('extract')
      await commit(lease, { row: { to: 'leased', cursor: 2 }, raw: page('{"a":1}') })
      await commit({ ...lease, cursorSeq: 1 }, { row: { to: 'leased', cursor: 3 }, raw: page('{"b":1}') })
      await dead({ ...lease, cursorSeq: 2 }, TRANSIENT)
      for (const transform of await claim(['transform'])) await dead(transform, TRANSIENT)
      const run = await start([step('issues')], { mode: 'replay' })
      assert.deepEqual(await claim(['extract']), [])
      assert.equal((await claim(['transform'])).length, 2)
      const planning = await take('plan')
      assert.deepEqual([planning.runId, planning.mode], [run.runId, 'replay'])
      const all = await ledger.rawRecords(planning, { after: 0, limit: 10 })
      assert.equal(all.length, 2)
      const [first = 0, second = 0] = all
      assert.deepEqual(await ledger.rawRecords(planning, { after: 0, limit: 1 }), [first])
      assert.deepEqual(await ledger.rawRecords(planning, { after: first, limit: 10 }), [second])
      assert.deepEqual(await ledger.rawRecords({ ...planning, ...otherTenantJob }, { after: 0, limit: 10 }), [])
    },
  },
  {
    name: 'debt of a step that the next run does not have waits for one that does',
    async prove({ start, plan, take, dead, done, claim, snapshot }) {
      await start([step('issues')])
      await plan('issues', ['A'])
      await dead(await take('extract'), TRANSIENT)
      const without = await start([step('prs')])
      await done(await take('plan'))
      assert.equal((await snapshot(without)).state, 'finished')
      const withIt = await start([step('issues')])
      assert.deepEqual(
        (await claim(['extract'])).map((lease) => lease.runId),
        [withIt.runId],
      )
    },
  },
  {
    name: 'a plan that died is planned anew, once, and not before its time',
    async prove({ start, take, done, dead, claim, counters }) {
      const steps = [step('projects'), step('issues', { after: ['projects'] })]
      await start(steps)
      await done(await take('plan'))
      await dead(await take('plan'), TRANSIENT)
      const run = await start(steps)
      const leases = await claim(['plan'])
      assert.deepEqual(
        leases.map((lease) => lease.step),
        ['projects'],
      )
      for (const lease of leases) await done(lease)
      assert.deepEqual(
        (await claim(['plan'])).map((lease) => lease.step),
        ['issues'],
      )
      assert.equal((await counters(run, 'issues', 'plan')).planned, 1)
    },
  },
  {
    name: 'cancelling revokes leases, ends the run and makes the job ready',
    async prove({ start, plan, claim, ledger, snapshot, counters }) {
      const run = await start([step('issues')])
      await plan('issues', ['A', 'B'])
      const [held] = await claim(['extract'], { limit: 1 })
      assert.ok(held)
      const before = (await snapshot(run)).status.revision
      await ledger.cancelRun(run)
      const births = [unit('issues', 'C')]
      assert.equal(await ledger.commit(held, { row: { to: 'done' }, births }), 'fenced')
      assert.deepEqual(await claim(EVERY_TYPE), [])
      const closed = await snapshot(run)
      assert.deepEqual([closed.state, closed.status.overall], ['cancelled', 'READY'])
      assert.ok(closed.finishedAt && closed.status.revision > before)
      assert.equal((await counters(run, 'issues', 'extraction')).planned, 2)
      await ledger.cancelRun(run)
      assert.deepEqual(await snapshot(run), closed, 'cancelling again changes nothing')
      await start([step('issues')])
    },
  },
  {
    name: 'a run is cancelled by its own tenant only, and one that does not exist by nobody',
    async prove({ start, ledger, otherTenantJob, snapshot }) {
      const run = await start([step('issues')])
      const unknown = (error: unknown) => isMillraceError(error) && error.code === 'RUN_UNKNOWN'
      await assert.rejects(ledger.cancelRun({ ...run, tenantId: otherTenantJob.tenantId }), unknown)
      await assert.rejects(ledger.cancelRun({ ...run, runId: 987_654 }), unknown)
      assert.equal((await snapshot(run)).state, 'running')
    },
  },
  {
    name: 'a run that finishes shows what is still dead of earlier ones',
    async prove({ start, plan, take, done, dead, snapshot }) {
      await start([step('issues')])
      await plan('issues', ['A', 'B'])
      await dead(await take('extract'), PERMANENT)
      await dead(await take('extract'), TRANSIENT)
      const next = await start([step('issues')])
      await done(await take('plan'))
      await done(await take('extract'))
      const { status } = await snapshot(next)
      assert.deepEqual([status.overall, status.open_dead_letters], ['FINISHED', 1])
    },
  },
  {
    name: 'a unit that was read apart keeps its window when a full sync takes it over',
    async prove({ start, take, done, dead }) {
      await start([step('issues')], { mode: 'backfill' })
      const window = { since: new Date('2024-03-01T00:00:00Z'), until: new Date('2024-04-01T00:00:00Z') }
      const apart = { ...unit('issues', 'A'), payload: { unit: 'A', apart: true }, window }
      await done(await take('plan'), { births: [apart] })
      await dead(await take('extract'), TRANSIENT)
      await start([step('issues')], { mode: 'full' })
      assert.deepEqual((await take('extract')).window, window)
    },
  },
  {
    name: 'cancelling keeps checkpoints: the next run finds watermarks, and takes over what was left undone',
    async prove({ start, plan, take, commit, done, claim, ledger }) {
      const run = await start([step('issues')])
      await plan('issues', ['A', 'B'])
      const until = new Date('2024-04-01T00:00:00Z')
      await done(await take('extract'), { raw: page('{"a":1}'), watermark: { unitKey: 'A', until } })
      const second = await take('extract')
      await commit(second, { row: { to: 'leased', cursor: 'page 2' }, raw: page('{"b":1}') })
      await ledger.cancelRun(run)

      const next = await start([step('issues')])
      const extracts = await claim(['extract'])
      assert.deepEqual(
        extracts.map((lease) => [lease.payload.unit, lease.cursor]),
        [['B', 'page 2']],
      )
      const transforms = await claim(['transform'])
      assert.equal(transforms.length, 2, 'stored pages whose unit has moved on are nobody else’s work')
      assert.ok(transforms.every((lease) => lease.runId === next.runId))
      const planning = await take('plan')
      assert.deepEqual(await ledger.watermarks(planning, ['A', 'B']), new Map([['A', until]]))
    },
  },
  {
    name: 'a full sync that takes a unit over reads all of it',
    async prove({ start, take, commit, done, claim, ledger }) {
      const run = await start([step('issues')])
      const until = new Date('2024-04-01T00:00:00Z')
      const window = { since: new Date('2024-03-01T00:00:00Z'), until }
      await done(await take('plan'), { births: [{ ...unit('issues', 'A'), window }] })
      await commit(await take('extract'), { row: { to: 'leased', cursor: 'page 2' }, raw: page('{}') })
      await ledger.cancelRun(run)
      await start([step('issues')], { mode: 'full' })
      const [lease] = await claim(['extract'])
      assert.ok(lease)
      assert.deepEqual([lease.cursor, lease.window], [null, { since: null, until }])
      await commit(lease, { row: { to: 'done' }, raw: page('{}') })
    },
  },
  {
    name: 'changes announce that work is due and that a status changed',
    async prove({ start, take, done, ledger }) {
      const heard: LedgerChange[] = []
      const subscription = ledger.changes.subscribe((change) => heard.push(change))
      const run = await start([step('issues')])
      assert.ok(heard.some((change) => change.kind === 'work'))
      assert.ok(heard.some((change) => change.kind === 'status' && change.runId === run.runId))
      heard.length = 0
      await done(await take('plan'))
      subscription.unsubscribe()
      assert.ok(heard.some((change) => change.kind === 'status' && change.runId === run.runId))
    },
  },
  {
    name: 'sequence numbers only grow',
    async prove({ ledger }) {
      const drawn = [await ledger.nextSequence(), await ledger.nextSequence(), await ledger.nextSequence()]
      const parallel = await Promise.all([ledger.nextSequence(), ledger.nextSequence()])
      assert.deepEqual(
        drawn,
        [...new Set(drawn)].sort((left, right) => left - right),
      )
      assert.equal(new Set([...drawn, ...parallel]).size, 5)
      assert.ok(Math.min(...parallel) > Math.max(...drawn))
    },
  },
  {
    name: 'a run that does not exist is undefined',
    async prove({ ledger }) {
      assert.equal(await ledger.run(987_654), undefined)
    },
  },
]

function refused(error: unknown): boolean {
  return isMillraceError(error) && error.code === 'RUN_REFUSED' && error.message.length > 0
}
