import { randomBytes } from 'node:crypto'
import { type Clock, type Ledger, MillraceError, type ScheduleRound, scheduler, silentLogger } from '@millrace/core'
import { seededRandom, virtualClock } from '@millrace/core/testing'
import { firstValueFrom } from 'rxjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OWNER } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { listJobs } from '../jobs/job-states.ts'
import { postgresJobStore } from '../jobs/postgres-job-store.ts'
import { secretsFromKey } from '../jobs/secrets.ts'
import { resetJob, setIntegrationActive, setJobActive } from '../jobs/switch-jobs.ts'
import { postgresLedger } from './postgres-ledger.ts'
import { ledgerTenants } from './testing/ledger-fixture.ts'
import { DONE, MINUTE, type Race, type TwoPrograms, twoPrograms } from './testing/two-programs.ts'

const serverUrl = process.env.DATABASE_URL
const GRAPH = { steps: [{ name: 'issues', displayName: 'Issues', order: 1, after: [], spawns: [] }] }

describe.skipIf(!serverUrl)('two schedulers on one job, switched before every statement (DATABASE_URL)', () => {
  let two: TwoPrograms
  const secrets = secretsFromKey({ id: 'test', key: randomBytes(32) })
  beforeAll(async () => {
    two = await twoPrograms(serverUrl ?? '')
  })
  afterAll(() => two.close())

  const holds = async (prepare: () => Promise<Race>): Promise<void> => {
    expect(await two.everyOrder(prepare)).toEqual({ deadlocks: 0 })
  }
  type Program = { readonly db: Database; readonly ledger: Ledger }
  const schedule = ({ db, ledger }: Program, clock: Clock) =>
    scheduler({
      jobStore: postgresJobStore(db, { secrets }),
      startRun: ({ job: { id: jobId, tenantId }, claimedUntil }) =>
        ledger.startRun({ jobId, tenantId, graph: GRAPH, mode: 'incremental', options: {}, claimedUntil }),
      connectors: ['tracker'],
      clock,
      random: seededRandom(1),
      log: silentLogger,
    })
  /** One look at the schedule. */
  const look = (program: Program) => firstValueFrom(schedule(program, virtualClock()))
  /** Only the first tenant's job is due. */
  const makeDue = () =>
    two.db.query(OWNER, 'UPDATE etl_jobs SET next_run_at = millrace_now() WHERE id = $1', [two.tenants().job.jobId])
  const runs = async () => {
    const [found] = await two.db.query<{ all: number; running: number }>(
      OWNER,
      `SELECT count(*) AS all, count(*) FILTER (WHERE state = 'running') AS running FROM etl_runs`,
    )
    return found
  }
  const job = async () => (await listJobs(two.db, two.tenants().job))[0]

  test('there is one run, and nobody notes a failure', async () => {
    await holds(async () => {
      await makeDue()
      return {
        first: () => look(two.programs[0]),
        second: () => look(two.programs[1]),
        check: async () => {
          expect(await runs()).toEqual({ all: 1, running: 1 })
          expect(await job()).toMatchObject({
            overall: 'RUNNING',
            retryCount: 0,
            errorMessage: null,
            scheduleNote: null,
          })
        },
      }
    })
  })

  test('a run that ends meanwhile is not followed by another one at once', async () => {
    await holds(async () => {
      await two.start([{ name: 'issues' }])
      await makeDue()
      const [lease] = await two.claim('plan')
      if (!lease) throw new Error('nothing is due')
      return {
        first: () => two.programs[0].ledger.commit(lease, DONE),
        second: () => look(two.programs[1]),
        check: async () => {
          expect(await runs()).toEqual({ all: 1, running: 0 })
          expect(await job()).toMatchObject({ overall: 'FINISHED', retryCount: 0, scheduleNote: null })
        },
      }
    })
  })

  test('a job that is switched off while a scheduler starts it does not run', async () => {
    await holds(async () => {
      await makeDue()
      return {
        first: () => look(two.programs[0]),
        second: () => setJobActive(two.programs[1].db, { ...two.tenants().job, active: false, connectors: [] }),
        check: async () => {
          expect((await runs())?.running).toBe(0)
          expect(await job()).toMatchObject({ overall: 'READY', active: false, nextRunAt: null })
        },
      }
    })
  })

  test('an integration that is switched off while a scheduler starts its job: nothing runs', async () => {
    await holds(async () => {
      await makeDue()
      const integrationId = (await job())?.integrationId ?? 0
      const { tenantId } = two.tenants().job
      return {
        first: () => look(two.programs[0]),
        second: () => setIntegrationActive(two.programs[1].db, { tenantId, integrationId, active: false }),
        check: async () => {
          expect((await runs())?.running).toBe(0)
          expect(await job()).toMatchObject({ overall: 'READY', active: true })
        },
      }
    })
  })

  test('a job that is reset while its run ends is READY either way', async () => {
    await holds(async () => {
      await two.start([{ name: 'issues' }])
      const [lease] = await two.claim('plan')
      if (!lease) throw new Error('nothing is due')
      return {
        first: () => two.programs[0].ledger.commit(lease, DONE),
        second: () => resetJob(two.programs[1].db, two.tenants().job),
        check: async () => {
          expect((await runs())?.running).toBe(0)
          expect(await job()).toMatchObject({ retryCount: 0, scheduleNote: null })
        },
      }
    })
  })

  test('a scheduler that dies before any of its statements only delays the job, by the length of its claim', async () => {
    let survived = false
    for (let statements = 0; !survived; statements++) {
      const { job: due } = await ledgerTenants(two.db)
      await two.db.query(OWNER, 'UPDATE etl_jobs SET next_run_at = millrace_now() WHERE id = $1', [due.jobId])
      const db = dyingAfter(statements, two.programs[0].db)
      const clock = virtualClock()
      const rounds: ScheduleRound[] = []
      const subscription = schedule({ db, ledger: postgresLedger(db) }, clock).subscribe((round) => rounds.push(round))
      // It sleeps until its next look.
      while (clock.pending.length === 0) await new Promise((resolve) => setImmediate(resolve))
      subscription.unsubscribe()
      survived = rounds.some(({ started }) => started.length > 0)
      two.advanceTime(MINUTE)
      await look(two)
      expect(await runs(), `dead after ${statements} statements`).toEqual({ all: 1, running: 1 })
    }
  })
})

/** A database that answers so many statements and then none. */
function dyingAfter(statements: number, db: Database): Database {
  let left = statements
  const unlessDead = async <T>(work: () => Promise<T>): Promise<T> => {
    if (left-- > 0) return work()
    throw new MillraceError('DATABASE_UNAVAILABLE', { message: 'Failed to reach the database: the process is dead.' })
  }
  return {
    ...db,
    query: (access, text, values) => unlessDead(() => db.query(access, text, values)),
    transaction: (access, work) =>
      db.transaction(access, (tx) =>
        work({
          ...tx,
          query: (text, values) => unlessDead(() => tx.query(text, values)),
          execute: (text, values) => unlessDead(() => tx.execute(text, values)),
        }),
      ),
  }
}
