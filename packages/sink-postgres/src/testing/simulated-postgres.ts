import type { AnyEntity, LedgerChange } from '@millrace/core'
import {
  accountsOf,
  type OpenStores,
  type SimulatedStores,
  type StorePorts,
  seededRandom,
} from '@millrace/core/testing'
import { Subject } from 'rxjs'
import { OWNER } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { embeddedDatabase } from '../database/embedded-database.ts'
import { identifier } from '../database/identifier.ts'
import { postgresLedger } from '../ledger/postgres-ledger.ts'
import { postgresOutbox } from '../ledger/postgres-outbox.ts'
import { postgresLoader } from '../loader/postgres-loader.ts'
import { migrate } from '../migrations/migrate.ts'
import { postgresVectorBridge } from '../vectors/vector-bridge.ts'
import { heldDatabase, onlyConnection } from './held-database.ts'

export interface SimulatedPostgresOptions {
  /** Changes the text of statements, for breaking them on purpose. @default as they are */
  readonly rewrite?: (sql: string) => string
}

export interface SimulatedPostgres extends SimulatedStores {
  /** Closes the database that the worlds shared. */
  close(): Promise<void>
}

const TABLES = [
  'load_confirmations',
  'raw_extraction_data',
  'etl_job_queue',
  'etl_run_steps',
  'etl_runs',
  'unit_watermarks',
  'workers',
  'integration_limits',
  'qdrant_vectors',
  'etl_jobs',
  'integrations',
  'tenants',
]

const RESTART_SEQUENCE = 'ALTER SEQUENCE millrace_source_seq RESTART'

/** For the whole session: plans that knew the values of earlier seeds might find the rows of this one in another order. */
const PLAN_ONCE = 'SET plan_cache_mode = force_generic_plan'

/** $1 how many */
const INSERT_ACCOUNTS = `
  WITH tenant AS (
    INSERT INTO tenants (name) SELECT 'tenant ' || n FROM generate_series(1, $1::integer) AS n ORDER BY n RETURNING id
  ),
  integration AS (
    INSERT INTO integrations (tenant_id, name, settings)
    SELECT id, 'tracker', '{"raw_format": "jsonb"}' FROM tenant ORDER BY id RETURNING id, tenant_id
  )
  INSERT INTO etl_jobs (tenant_id, integration_id, job_name, connector, schedule_interval_minutes, retry_interval_minutes)
  SELECT tenant_id, id, 'Tracker', 'tracker', 60, 5 FROM integration ORDER BY id`

/**
 * Counters that disagree with the rows that they count. Rows that a later run adopted count for neither; a page that was
 * transformed by the commit that stored it counts as done, and never had a row.
 */
const WRONG_COUNTERS = `
  SELECT format('run %s, %s/%s counts %s done, %s dead, but has %s, %s', s.run_id, s.step, s.stage, s.done, s.dead,
      rows.done, rows.dead) AS complaint
    FROM etl_run_steps s, LATERAL (
      SELECT count(*) FILTER (WHERE q.status = 'done') + CASE s.stage WHEN 'transform' THEN (
            SELECT count(*) FROM raw_extraction_data raw
             WHERE raw.run_id = s.run_id AND raw.entity_type = s.step AND NOT EXISTS (
               SELECT FROM etl_job_queue born
                WHERE born.job_type = 'transform' AND born.payload -> 'raw_id' = to_jsonb(raw.id))) ELSE 0 END AS done,
          count(*) FILTER (WHERE q.status = 'dead') AS dead
        FROM etl_job_queue q
       WHERE q.run_id = s.run_id AND q.step = s.step
         AND q.job_type = CASE s.stage WHEN 'extraction' THEN 'extract' WHEN 'embedding' THEN 'embed' ELSE s.stage END
    ) AS rows
   WHERE s.done <> rows.done OR s.dead < rows.dead`

const LEFT_ROWS = `
  SELECT format('row %s of %s run %s is %s', q.id, r.state, r.id, q.status) AS complaint
    FROM etl_job_queue q JOIN etl_runs r ON r.id = q.run_id
   WHERE r.state <> 'running' AND q.status IN ('pending', 'leased')`

const FOREIGN_ROWS = `
  SELECT format('%s is a row of tenant %s', external_id, tenant_id) AS complaint FROM sim_cards
   WHERE external_id NOT LIKE 't' || tenant_id || '-%'
  UNION ALL
  SELECT format('%s is a row of tenant %s', external_id, tenant_id) FROM sim_notes
   WHERE external_id NOT LIKE 't' || tenant_id || '-%'`

const AUDIT = [WRONG_COUNTERS, LEFT_ROWS, FOREIGN_ROWS].join(' UNION ALL ')

/**
 * Worlds on the PostgreSQL ledger, loader and bridge. They share one embedded database, which is emptied between them and
 * counts from 1 again, so that a seed tells the same every time.
 */
export function simulatedPostgres(options: SimulatedPostgresOptions = {}): SimulatedPostgres {
  let now = (): Date => new Date(0)
  let opened: Promise<Database> | undefined

  const open = async (entities: readonly AnyEntity[]): Promise<Database> => {
    // Planning the same statements over and over would be half of what a seed costs.
    const db = await embeddedDatabase({ dataDir: 'memory://' }, { now: () => now(), prepare: true })
    await migrate(db)
    await postgresLoader(db).prepare(entities)
    await db.query(OWNER, PLAN_ONCE)
    return db
  }

  return {
    name: 'postgres',
    ownFaults: true,
    async open({ clock, entities, tenants, director }): Promise<OpenStores> {
      now = () => new Date(clock.now())
      opened ??= open(entities)
      const db = await opened
      await empty(db, entities, tenants)
      const connection = onlyConnection(director)
      const changes = new Subject<LedgerChange>()
      const direct = portsOf(db, {})
      return {
        accounts: accountsOf(tenants),
        direct,
        canLook: () => !connection.taken,
        connect: (process, fault) => {
          const held = heldDatabase(db, { process, director, connection, fault, rewrite: options.rewrite })
          const ports = portsOf(held, { clock: process.clock, random: seededRandom(1) })
          const heard = ports.ledger.changes.subscribe(changes)
          process.onDeath(() => heard.unsubscribe())
          const prepare = async (): Promise<void> => undefined
          return {
            ...ports,
            // As on a server, where everybody is notified.
            ledger: { ...ports.ledger, changes: changes.asObservable() },
            loader: { ...ports.loader, prepare },
          }
        },
        audit: async () => {
          const found = await db.query<{ complaint: string }>(OWNER, AUDIT)
          return found.map(({ complaint }) => complaint)
        },
      }
    },
    async close() {
      await (await opened)?.close()
    },
  }
}

function portsOf(db: Database, options: Parameters<typeof postgresLedger>[1]): StorePorts {
  return {
    ledger: postgresLedger(db, options),
    loader: postgresLoader(db),
    bridge: postgresVectorBridge(db),
    outbox: postgresOutbox(db),
  }
}

async function empty(db: Database, entities: readonly AnyEntity[], tenants: number): Promise<void> {
  const tables = [...entities.map(({ name }) => name), ...TABLES].map(identifier)
  await db.transaction(OWNER, async (tx) => {
    await tx.query(`TRUNCATE ${tables.join(', ')} RESTART IDENTITY CASCADE`)
    await tx.query(RESTART_SEQUENCE)
    await tx.query(INSERT_ACCOUNTS, [tenants])
  })
}
