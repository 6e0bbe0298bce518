import type { AnyEntity, Lease, Ledger, NewRaw, NewRow, RunRef, RunSnapshot } from '@millrace/core'
import { ENGINE, OWNER } from '../../database/access.ts'
import type { Database } from '../../database/database.ts'
import { openDatabase } from '../../database/open-database.ts'
import { postgresLoader } from '../../loader/postgres-loader.ts'
import { migrate } from '../../migrations/migrate.ts'
import { postgresLedger } from '../postgres-ledger.ts'
import { type Actor, openActor, switchPoints, takeTurns } from './interleave.ts'
import { type LedgerTenants, ledgerTenants, temporaryDatabase } from './ledger-fixture.ts'

/** What two programs do at once, and what must be true afterwards. */
export interface Race {
  first(): Promise<unknown>
  second(): Promise<unknown>
  check(outcomes: readonly unknown[]): Promise<void>
}

/** For tests: two programs on one ledger, whose statements take turns. */
export interface TwoPrograms {
  /** Of a third program, which is never held back. */
  readonly db: Database
  readonly ledger: Ledger
  readonly programs: readonly [
    { readonly db: Database; readonly ledger: Ledger },
    { readonly db: Database; readonly ledger: Ledger },
  ]
  tenants(): LedgerTenants
  advanceTime(ms: number): void
  /** Runs the race anew for every switch point, and tells how many deadlocks the server saw. */
  everyOrder(prepare: () => Promise<Race>): Promise<{ readonly deadlocks: number }>
  start(steps: readonly { readonly name: string; readonly after?: readonly string[] }[]): Promise<RunRef>
  claim(jobType: Lease['jobType'], workerId?: string): Promise<readonly Lease[]>
  /** Two leased rows. */
  pair(jobType: Lease['jobType']): Promise<readonly [Lease, Lease]>
  /** The run, and how many of its rows have which status. */
  look(
    run: RunRef,
  ): Promise<{ readonly snapshot: RunSnapshot | undefined; readonly rows: { readonly [status: string]: number } }>
  close(): Promise<void>
}

export const MINUTE = 60_000
export const DONE = { row: { to: 'done' } } as const

/** No transaction here has more statements. */
const LONGEST = 12

export function unit(step: string, key: string): NewRow {
  return { step, jobType: 'extract', payload: { unit: key }, key }
}

export function page(): NewRaw {
  return {
    sourceSeq: 1,
    bodies: [Buffer.from('{}')],
    connectorVersion: '1',
    transformVersion: 1,
    externalId: 'A',
    unit: {},
    fullSync: false,
  }
}

export async function twoPrograms(serverUrl: string, entities: readonly AnyEntity[] = []): Promise<TwoPrograms> {
  const { url, drop } = await temporaryDatabase(serverUrl)
  let now = Date.UTC(2025, 0, 1)
  const clock = (): Date => new Date(now)
  const db = await openDatabase({ url, now: clock })
  await migrate(db)
  if (entities.length > 0) await postgresLoader(db).prepare(entities)
  const ledger = postgresLedger(db)
  const actors = [await openActor(url, 'program-1', clock), await openActor(url, 'program-2', clock)] as const
  const programOf = (actor: Actor) => ({ db: actor.db, ledger: postgresLedger(actor.db) })
  const programs = [programOf(actors[0]), programOf(actors[1])] as const
  let tenants = await ledgerTenants(db, entities)

  const countDeadlocks = async (): Promise<number> => {
    const statement = 'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()'
    const [row] = await db.query<{ deadlocks: number }>(OWNER, statement)
    return row?.deadlocks ?? 0
  }

  const claim: TwoPrograms['claim'] = (jobType, workerId = 'worker') =>
    ledger.claim({ workerId, jobTypes: [jobType], limit: 10, leaseMs: MINUTE })

  return {
    db,
    ledger,
    programs,
    tenants: () => tenants,
    advanceTime: (ms) => {
      now += ms
    },

    async everyOrder(prepare) {
      const before = await countDeadlocks()
      for (const turns of switchPoints(LONGEST)) {
        tenants = await ledgerTenants(db, entities)
        const race = await prepare()
        actors[0].begin(() => race.first())
        actors[1].begin(() => race.second())
        await takeTurns(actors, turns)
        try {
          await race.check([await actors[0].outcome(), await actors[1].outcome()])
        } catch (cause) {
          throw new Error(`It does not hold when the programs take turns of ${turns.join(', ')} statements.`, { cause })
        }
      }
      return { deadlocks: (await countDeadlocks()) - before }
    },

    start: (steps) =>
      ledger.startRun({
        ...tenants.job,
        graph: {
          steps: steps.map(({ name, after = [] }) => ({ name, displayName: name, order: 1, after, spawns: [] })),
        },
        mode: 'incremental',
        options: {},
      }),
    claim,
    async pair(jobType) {
      const [first, second] = await claim(jobType)
      if (!first || !second) throw new Error(`fewer than two ${jobType} rows`)
      return [first, second]
    },

    async look(run) {
      const rows = await db.query<{ status: string; count: number }>(
        ENGINE,
        'SELECT status, count(*) AS count FROM etl_job_queue WHERE run_id = $1 GROUP BY status',
        [run.runId],
      )
      return {
        snapshot: await ledger.run(run.runId),
        rows: Object.fromEntries(rows.map(({ status, count }) => [status, count])),
      }
    },

    async close() {
      for (const actor of actors) await actor.close()
      await db.close()
      await drop()
    },
  }
}
