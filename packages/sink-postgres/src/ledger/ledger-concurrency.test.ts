import type { Lease, Ledger, NewRow, RunRef } from '@millrace/core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ENGINE, OWNER } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { openDatabase } from '../database/open-database.ts'
import { migrate } from '../migrations/migrate.ts'
import { postgresLedger } from './postgres-ledger.ts'
import { type Actor, openActor, switchPoints, takeTurns } from './testing/interleave.ts'
import { type LedgerTenants, ledgerTenants, temporaryDatabase } from './testing/ledger-fixture.ts'

const serverUrl = process.env.DATABASE_URL
const MINUTE = 60_000

/** No transaction here has more statements. */
const LONGEST = 12

describe.skipIf(!serverUrl)('two connections, switched before every statement (DATABASE_URL)', () => {
  let drop: () => Promise<void>
  let db: Database
  let ledger: Ledger
  let actors: readonly [Actor, Actor]
  let ledgers: readonly [Ledger, Ledger]
  let tenants: LedgerTenants
  let now = Date.UTC(2025, 0, 1)

  beforeAll(async () => {
    const made = await temporaryDatabase(serverUrl ?? '')
    drop = made.drop
    const clock = () => new Date(now)
    db = await openDatabase({ url: made.url, now: clock })
    await migrate(db)
    ledger = postgresLedger(db)
    actors = [await openActor(made.url, 'actor-1', clock), await openActor(made.url, 'actor-2', clock)]
    ledgers = [postgresLedger(actors[0].db), postgresLedger(actors[1].db)]
  })
  afterAll(async () => {
    await Promise.all(actors.map((actor) => actor.close()))
    await db.close()
    await drop()
  })
  beforeEach(async () => {
    tenants = await ledgerTenants(db)
  })

  /** Tries every switch point; `prepare` makes the two pieces of work and the check that follows them. */
  async function everyOrder(
    prepare: () => Promise<{
      readonly first: () => Promise<unknown>
      readonly second: () => Promise<unknown>
      readonly check: (outcomes: readonly unknown[]) => Promise<void>
    }>,
  ): Promise<void> {
    const before = await deadlocks()
    for (const turns of switchPoints(LONGEST)) {
      tenants = await ledgerTenants(db)
      const { first, second, check } = await prepare()
      actors[0].begin(first)
      actors[1].begin(second)
      await takeTurns(actors, turns)
      const outcomes = [await actors[0].outcome(), await actors[1].outcome()]
      await check(outcomes).catch((error: unknown) => {
        throw new Error(`with turns ${turns.join(', ')}`, { cause: error })
      })
    }
    expect(await deadlocks()).toBe(before)
  }

  async function deadlocks(): Promise<number> {
    const [row] = await db.query<{ deadlocks: number }>(
      OWNER,
      'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
    )
    return row?.deadlocks ?? 0
  }

  const start = (steps: readonly { name: string; after?: string[] }[]): Promise<RunRef> =>
    ledger.startRun({
      ...tenants.job,
      graph: {
        steps: steps.map(({ name, after = [] }) => ({ name, displayName: name, order: 1, after, spawns: [] })),
      },
      mode: 'incremental',
      options: {},
    })
  const claim = (jobType: Lease['jobType'], workerId = 'worker'): Promise<readonly Lease[]> =>
    ledger.claim({ workerId, jobTypes: [jobType], limit: 10, leaseMs: MINUTE })
  const pair = async (jobType: Lease['jobType']): Promise<readonly [Lease, Lease]> => {
    const [first, second] = await claim(jobType)
    if (!first || !second) throw new Error(`fewer than two ${jobType} rows`)
    return [first, second]
  }
  const unit = (step: string, key: string): NewRow => ({ step, jobType: 'extract', payload: { unit: key }, key })
  const page = () => ({
    sourceSeq: 1,
    bodies: [Buffer.from('{}')],
    connectorVersion: '1',
    transformVersion: 1,
    externalId: 'A',
  })
  const done = { row: { to: 'done' } } as const
  const states = async (run: RunRef) => {
    const snapshot = await ledger.run(run.runId)
    const rows = await db.query<{ status: string; count: number }>(
      ENGINE,
      'SELECT status, count(*) AS count FROM etl_job_queue WHERE run_id = $1 GROUP BY status',
      [run.runId],
    )
    return { snapshot, rows: Object.fromEntries(rows.map(({ status, count }) => [status, count])) }
  }

  test('a worker that was given up for dead and its successor: one of them stores the page', async () => {
    await everyOrder(async () => {
      const run = await start([{ name: 'issues' }])
      const [planning] = await claim('plan')
      if (planning) await ledger.commit(planning, { ...done, births: [unit('issues', 'A')] })
      const [lease] = await claim('extract', 'silent')
      if (!lease) throw new Error('nothing to extract')
      return {
        first: () => ledgers[0].commit(lease, { ...done, raw: page() }),
        second: async () => {
          await ledgers[1].sweep({ staleAfterMs: MINUTE, ownerless: true })
          const [successor] = await ledgers[1].claim({
            workerId: 'next',
            jobTypes: ['extract'],
            limit: 1,
            leaseMs: MINUTE,
          })
          return successor ? ledgers[1].commit(successor, { ...done, raw: page() }) : 'nothing to do'
        },
        check: async (outcomes) => {
          // A claim passes by a row whose lock somebody waits for; then the next claim finds it.
          const [left] = await claim('extract')
          if (left) expect(await ledger.commit(left, { ...done, raw: page() })).toBe('committed')
          expect(outcomes.filter((outcome) => outcome === 'committed')).toHaveLength(left ? 0 : 1)
          const { snapshot, rows } = await states(run)
          expect(rows).toEqual({ done: 2, pending: 1 })
          expect(snapshot?.counters.find(({ stage }) => stage === 'transform')).toMatchObject({ planned: 1, done: 0 })
        },
      }
    })
  })

  test('the last rows of two steps settle at once: the run ends', async () => {
    await everyOrder(async () => {
      const run = await start([{ name: 'issues' }, { name: 'prs' }])
      const [issues, prs] = await pair('plan')
      return {
        first: () => ledgers[0].commit(issues, done),
        second: () => ledgers[1].commit(prs, done),
        check: async (outcomes) => {
          expect(outcomes).toEqual(['committed', 'committed'])
          expect((await states(run)).snapshot).toMatchObject({ state: 'finished', status: { overall: 'FINISHED' } })
        },
      }
    })
  })

  test('the last two rows of a stage settle at once: the stage closes', async () => {
    await everyOrder(async () => {
      const run = await start([{ name: 'issues' }])
      const [planning] = await claim('plan')
      if (planning) await ledger.commit(planning, { ...done, births: [unit('issues', 'A'), unit('issues', 'B')] })
      const [left, right] = await pair('extract')
      return {
        first: () => ledgers[0].commit(left, { ...done, raw: page() }),
        second: () => ledgers[1].commit(right, done),
        check: async () => {
          const { snapshot } = await states(run)
          expect(snapshot?.counters.map(({ state }) => state)).toEqual(['finished', 'finished', 'running', 'idle'])
        },
      }
    })
  })

  test('two steps that a third waits for close at once: it is planned once', async () => {
    await everyOrder(async () => {
      const run = await start([
        { name: 'projects' },
        { name: 'people' },
        { name: 'issues', after: ['projects', 'people'] },
      ])
      const [projects, people] = await pair('plan')
      return {
        first: () => ledgers[0].commit(projects, done),
        second: () => ledgers[1].commit(people, done),
        check: async () => {
          const { snapshot, rows } = await states(run)
          expect(rows).toEqual({ done: 2, pending: 1 })
          expect(snapshot?.counters.find(({ step, stage }) => step === 'issues' && stage === 'plan')).toMatchObject({
            state: 'running',
            planned: 1,
          })
        },
      }
    })
  })

  test('two parents give birth to the same children in different order: each child is born once', async () => {
    await everyOrder(async () => {
      const run = await start([{ name: 'issues' }, { name: 'prs' }])
      const [left, right] = await pair('plan')
      const keys = ['A', 'B', 'C']
      return {
        first: () => ledgers[0].commit(left, { ...done, births: keys.map((key) => unit('prs', key)) }),
        second: () => ledgers[1].commit(right, { ...done, births: keys.toReversed().map((key) => unit('prs', key)) }),
        check: async (outcomes) => {
          expect(outcomes).toContain('committed')
          const { rows } = await states(run)
          expect(rows).toEqual({ done: 2, pending: 3 })
        },
      }
    })
  })

  test('cancelling races a commit with children: nothing of the run is left to do', async () => {
    await everyOrder(async () => {
      const run = await start([{ name: 'issues' }])
      const [planning] = await claim('plan')
      if (!planning) throw new Error('nothing to plan')
      return {
        first: () => ledgers[0].commit(planning, { ...done, births: [unit('issues', 'A')] }),
        second: () => ledgers[1].cancelRun(run.runId),
        check: async ([committed]) => {
          const { snapshot, rows } = await states(run)
          expect(snapshot).toMatchObject({ state: 'cancelled', status: { overall: 'READY' } })
          expect(rows).toEqual(committed === 'committed' ? { done: 1, cancelled: 1 } : { cancelled: 1 })
        },
      }
    })
  })

  test('cancelling races the commit that ends the run: one of them decides', async () => {
    await everyOrder(async () => {
      const run = await start([{ name: 'issues' }])
      const [planning] = await claim('plan')
      if (!planning) throw new Error('nothing to plan')
      return {
        first: () => ledgers[0].commit(planning, done),
        second: () => ledgers[1].cancelRun(run.runId),
        check: async ([committed]) => {
          const { snapshot } = await states(run)
          expect(snapshot?.state).toBe(committed === 'committed' ? 'finished' : 'cancelled')
        },
      }
    })
  })

  test('two programs start the same job: one run', async () => {
    await everyOrder(async () => {
      const request = {
        ...tenants.job,
        graph: { steps: [{ name: 'issues', displayName: 'Issues', order: 1, after: [], spawns: [] }] },
        mode: 'incremental',
        options: {},
      } as const
      const refused = (error: { code?: string }) => error.code
      return {
        first: () => ledgers[0].startRun(request).then(() => 'started', refused),
        second: () => ledgers[1].startRun(request).then(() => 'started', refused),
        check: async (outcomes) => {
          expect(outcomes.toSorted()).toEqual(['RUN_REFUSED', 'started'])
          expect(await claim('plan')).toHaveLength(1)
        },
      }
    })
  })

  test('time passes for the ledger when its clock says so', async () => {
    await start([{ name: 'issues' }])
    const [planning] = await claim('plan')
    now += MINUTE
    expect(planning && (await ledger.commit(planning, done))).toBe('fenced')
  })
})
