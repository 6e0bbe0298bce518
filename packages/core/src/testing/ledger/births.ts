import assert from 'node:assert/strict'
import { WARNINGS_KEPT } from '../../ports/ledger.ts'
import { type LedgerSentence, PERMANENT, page, rawIdOf, step, unit } from './ledger-bench.ts'

/** Rows that are born, and transactions that hold together. */
export const BIRTHS: readonly LedgerSentence[] = [
  {
    name: 'a page stores its raw record and gives birth to its transform row in one commit',
    async prove({ start, plan, take, done, counters }) {
      const run = await start([step('issues')])
      await plan('issues', ['A'])
      await done(await take('extract'), { raw: page('{"n":1}') })
      const transform = await counters(run, 'issues', 'transform')
      assert.deepEqual([transform.planned, transform.done, transform.state], [1, 0, 'running'])
      const lease = await take('transform')
      assert.equal(lease.step, 'issues')
      assert.ok(rawIdOf(lease) > 0)
    },
  },
  {
    name: 'pages that are one record give birth to one transform row, which reads them from the latest first one on',
    async prove({ start, plan, take, commit, done, counters, claim, ledger }) {
      const run = await start([step('issues')])
      await plan('issues', ['A'])
      const lease = await take('extract')
      const store = async (cursorSeq: number, part: 'first' | 'next', body: string): Promise<void> => {
        const raw = { ...page(body), part, sourceSeq: 10 + cursorSeq }
        await commit({ ...lease, cursorSeq }, { row: { to: 'leased', cursor: cursorSeq }, raw, transformed: true })
      }
      await store(0, 'first', 'what a restart forgets')
      await store(1, 'first', 'one')
      await store(2, 'next', 'two')
      assert.deepEqual(await claim(['transform']), [])
      const end = { ...page('three', 'four'), part: 'last', sourceSeq: 13 } as const
      await done({ ...lease, cursorSeq: 3 }, { raw: end })
      const transform = await take('transform')
      const raw = await ledger.readRaw(transform, rawIdOf(transform))
      const texts = raw?.bodies.map((body) => new TextDecoder().decode(body))
      assert.deepEqual(texts, ['one', 'two', 'three', 'four'])
      assert.equal(raw?.sourceSeq, 11, 'it is as old as its first page')
      assert.deepEqual(await ledger.rawRecords(transform, { after: 0, limit: 10 }), [rawIdOf(transform)])
      await done(transform)
      const { planned, done: finished, state } = await counters(run, 'issues', 'transform')
      assert.deepEqual([planned, finished, state], [4, 4, 'finished'])
    },
  },
  {
    name: 'a record whose first page is missing is missing',
    async prove({ start, plan, take, done, ledger }) {
      await start([step('issues')])
      await plan('issues', ['A'])
      await done(await take('extract'), { raw: { ...page('{}'), part: 'last' } })
      const transform = await take('transform')
      assert.equal(await ledger.readRaw(transform, rawIdOf(transform)), undefined)
    },
  },
  {
    name: 'a second birth with the same key is ignored and not counted',
    async prove({ start, take, commit, done, claim, counters }) {
      const run = await start([step('issues'), step('prs')])
      const first = await take('plan')
      const name = first.step
      await commit(first, {
        row: { to: 'leased' },
        births: [unit(name, 'A'), unit(name, 'B'), unit(name, 'A')],
      })
      await done({ ...first, cursorSeq: 1 }, { births: [unit(name, 'B'), unit(name, 'C')] })
      assert.equal((await counters(run, name, 'extraction')).planned, 3)
      const leases = await claim(['extract'])
      assert.deepEqual(leases.map((lease) => lease.payload.unit).sort(), ['A', 'B', 'C'])
    },
  },
  {
    name: 'a key stays taken when its row is settled',
    async prove({ start, take, done, commit, counters }) {
      const run = await start([step('issues')])
      const planning = await take('plan')
      await commit(planning, { row: { to: 'leased' }, births: [unit('issues', 'A')] })
      await done(await take('extract'))
      await done({ ...planning, cursorSeq: 1 }, { births: [unit('issues', 'A')] })
      const extraction = await counters(run, 'issues', 'extraction')
      assert.deepEqual([extraction.planned, extraction.done], [1, 1])
    },
  },
  {
    name: 'keys are unique within step and job type, and may be long or strange',
    async prove({ start, take, done, counters }) {
      const run = await start([step('issues', { spawns: ['prs'] }), step('prs')])
      const keys = ['x'.repeat(5_000), `${'x'.repeat(5_000)}y`, '', 'é\u0000', '{"a":1}']
      const lease = await take('plan')
      const births = keys.flatMap((key) => [unit('issues', key), unit('prs', key), unit('issues', key)])
      await done(lease, { births })
      assert.equal((await counters(run, 'issues', 'extraction')).planned, 5)
      assert.equal((await counters(run, 'prs', 'extraction')).planned, 5)
    },
  },
  {
    name: 'rows without a key are all born',
    async prove({ start, plan, take, done, counters }) {
      const run = await start([step('issues')])
      await plan('issues', ['A'])
      await done(await take('extract'), { raw: page('{}') })
      const embed = { step: 'issues', jobType: 'embed', payload: { keys: ['1'] } } as const
      await done(await take('transform'), { births: [embed, embed] })
      assert.equal((await counters(run, 'issues', 'embedding')).planned, 2)
    },
  },
  {
    name: 'a row born dead counts as planned and dead, and is not worked on',
    async prove({ start, plan, take, done, claim, counters, ledger }) {
      const run = await start([step('issues')])
      await plan('issues', ['A'])
      await done(await take('extract'), { raw: page('{}') })
      const lease = await take('transform')
      const payload = { raw_id: rawIdOf(lease), items: [3] }
      await done(lease, { births: [{ step: 'issues', jobType: 'transform', payload, dead: PERMANENT }] })
      assert.deepEqual(await claim(['transform']), [])
      const { planned, done: finished, dead, state } = await counters(run, 'issues', 'transform')
      assert.deepEqual([planned, finished, dead, state], [2, 1, 1, 'failed'])
      const [row] = await ledger.deadRows(run.runId, 10)
      assert.deepEqual([row?.step, row?.jobType, row?.payload], ['issues', 'transform', payload])
      assert.deepEqual(
        [row?.failure.code, row?.failure.message, row?.failure.transient],
        [PERMANENT.code, PERMANENT.message, false],
      )
    },
  },
  {
    name: 'a failing batch is bisected: its halves are rows of their own, and the stage waits for them',
    async prove({ start, plan, take, done, dead, counters, ledger }) {
      const run = await start([step('issues')])
      await plan('issues', ['A'])
      await done(await take('extract'), { raw: page('{}') })
      const whole = await take('transform')
      const half = (items: readonly number[]) =>
        ({ step: 'issues', jobType: 'transform', payload: { raw_id: rawIdOf(whole), items } }) as const
      await done(whole, { births: [half([0]), half([1])] })
      const { planned, done: finished, state } = await counters(run, 'issues', 'transform')
      assert.deepEqual([planned, finished, state], [3, 1, 'running'])
      const first = await take('transform')
      assert.ok(await ledger.readRaw(first, rawIdOf(first)), 'the record is still there')
      await done(first)
      await dead(await take('transform'))
      const last = await counters(run, 'issues', 'transform')
      assert.deepEqual([last.planned, last.done, last.dead, last.state], [3, 2, 1, 'failed'])
    },
  },
  {
    name: 'births and totals of an effect count like those of the commit',
    async prove({ start, plan, take, done, counters, snapshot }) {
      const run = await start([step('issues')])
      await plan('issues', ['A'])
      await done(await take('extract'), { raw: page('{}'), totals: { apiCalls: 2, bytesReceived: 100 } })
      await done(await take('transform'), {
        totals: { apiCalls: 1 },
        effect: async () => ({
          births: [{ step: 'issues', jobType: 'embed', payload: { keys: ['1'] } }],
          totals: { rowsWritten: 5, rowsRemoved: 1, embeddingsQueued: 6, peakMemoryBytes: 900 },
        }),
      })
      assert.equal((await counters(run, 'issues', 'embedding')).planned, 1)
      await done(await take('embed'), { totals: { embedded: 4, peakMemoryBytes: 800 } })
      const { totals } = await snapshot(run)
      assert.deepEqual(totals, {
        apiCalls: 3,
        bytesReceived: 100,
        rowsWritten: 5,
        rowsRemoved: 1,
        embedded: 4,
        embeddingsQueued: 6,
        peakMemoryBytes: 900,
      })
    },
  },
  {
    name: 'of warnings of a step that are about the same, a run keeps the first, and all of them in the order of its steps',
    async prove({ start, plan, take, done, commit, snapshot }) {
      const run = await start([step('issues', { spawns: ['prs'] }), step('prs')])
      await plan('issues', ['A', 'B'])
      assert.deepEqual((await snapshot(run)).warnings, [])
      const first = await take('extract')
      const warnings = [
        { about: 'Links', message: 'Of A.' },
        { about: 'Boards', message: 'None "of" them.' },
      ]
      await commit(first, { row: { to: 'leased', cursor: 1 }, births: [unit('prs', 'P')], warnings })
      await done({ ...first, cursorSeq: 1 }, { warnings: [{ about: 'Links', message: 'Of A again.' }] })
      await done(await take('extract'), { warnings: [{ about: 'Links', message: 'Of B.' }] })
      const dead = { to: 'dead', failure: PERMANENT } as const
      await commit(await take('extract'), { row: dead, warnings: [{ about: 'Links', message: 'Of P.' }] })
      assert.deepEqual((await snapshot(run)).warnings, [
        { step: 'issues', about: 'Boards', message: 'None "of" them.' },
        { step: 'issues', about: 'Links', message: 'Of A.' },
        { step: 'prs', about: 'Links', message: 'Of P.' },
      ])
    },
  },
  {
    name: 'a run keeps a bounded number of warnings of a step',
    async prove({ start, plan, take, commit, snapshot }) {
      const run = await start([step('issues')])
      await plan('issues', ['A'])
      const lease = await take('extract')
      for (let cursorSeq = 0; cursorSeq < 4; cursorSeq += 1) {
        const warnings = Array.from({ length: WARNINGS_KEPT / 2 }, (_, index) => ({
          about: `Issue ${cursorSeq}/${index}`,
          message: 'One about each issue.',
        }))
        await commit({ ...lease, cursorSeq }, { row: { to: 'leased', cursor: cursorSeq + 1 }, warnings })
      }
      assert.equal((await snapshot(run)).warnings.length, WARNINGS_KEPT)
    },
  },
  {
    name: 'an effect that throws rolls everything back, and the row can be committed again',
    async prove({ start, plan, take, done, snapshot, ledger }) {
      const run = await start([step('issues')])
      await plan('issues', ['A'])
      const lease = await take('extract')
      const before = await snapshot(run)
      const broken = new Error('the effect is broken')
      const commit = {
        raw: page('{}'),
        births: [unit('issues', 'B')],
        watermark: { unitKey: 'A', until: new Date(5_000) },
        totals: { apiCalls: 9 },
      }
      const effect = async () => Promise.reject(broken)
      await assert.rejects(
        ledger.commit(lease, { ...commit, row: { to: 'done' }, effect }),
        (error) => error === broken,
      )
      assert.deepEqual(await snapshot(run), before)
      assert.equal((await ledger.watermarks(lease, ['A'])).size, 0)
      await done(lease, commit)
    },
  },
  {
    name: 'a birth into a step that the run does not have is an error, and nothing is written',
    async prove({ start, take, done, snapshot, ledger }) {
      const run = await start([step('issues')])
      const lease = await take('plan')
      const before = await snapshot(run)
      await assert.rejects(ledger.commit(lease, { row: { to: 'done' }, births: [unit('elsewhere', 'A')] }))
      assert.deepEqual(await snapshot(run), before)
      await done(lease)
    },
  },
  {
    name: 'a birth into a closed stage is an error, and nothing is written',
    async prove({ start, take, done, snapshot, ledger, claim }) {
      const run = await start([step('issues'), step('prs')])
      const leases = await claim(['plan'])
      const issues = leases.find((lease) => lease.step === 'issues')
      const prs = leases.find((lease) => lease.step === 'prs')
      assert.ok(issues && prs)
      await done(issues)
      const before = await snapshot(run)
      await assert.rejects(ledger.commit(prs, { row: { to: 'done' }, births: [unit('issues', 'A')] }))
      assert.deepEqual(await snapshot(run), before)
      await done(prs, { births: [unit('prs', 'A')] })
      await done(await take('extract'))
    },
  },
  {
    name: 'watermarks belong to a job, a step and a unit, and never move backward',
    async prove({ start, plan, claim, done, ledger, otherTenantJob }) {
      await start([step('issues')])
      await plan('issues', ['A', 'B', 'C'])
      const [first, second, third] = await claim(['extract'])
      assert.ok(first && second && third)
      const until = new Date('2024-05-01T10:00:00.500Z')
      const key = 'A'.repeat(5_000)
      await done(first, { watermark: { unitKey: key, until } })
      await done(second, { watermark: { unitKey: key, until: new Date(until.getTime() - 1) } })
      assert.deepEqual(await ledger.watermarks(third, [key, 'B']), new Map([[key, until]]))
      assert.equal((await ledger.watermarks({ ...third, step: 'prs' }, [key])).size, 0)
      await done(third, { watermark: { unitKey: key, until: new Date(until.getTime() + 1) } })
      assert.deepEqual(await ledger.watermarks(third, [key]), new Map([[key, new Date(until.getTime() + 1)]]))
      assert.equal((await ledger.watermarks({ ...third, ...otherTenantJob }, [key])).size, 0)
    },
  },
]
