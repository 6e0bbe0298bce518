import { MillraceError } from '@millrace/core'
import { OWNER } from '../database/access.ts'
import type { Database, Tx } from '../database/database.ts'
import { identifier } from '../database/identifier.ts'
import { ALL_MIGRATIONS } from './all-migrations.ts'
import { ENGINE_POLICY, TENANT_POLICY } from './tenant-table.ts'

export interface MigrationStatus {
  readonly version: number
  readonly name: string
  /** Null when it is still to be applied. */
  readonly appliedAt: Date | null
}

/** Held to the end of a migration's transaction: a second migrator waits, then finds it applied. */
const LOCK = 'SELECT pg_advisory_xact_lock(7310596211)'

/**
 * An older product kept a table of this name with other columns; it is set aside, since its numbers mean other things.
 */
const CREATE_HISTORY = `
  DO $$ BEGIN
    IF to_regclass('migration_history') IS NOT NULL AND NOT EXISTS (SELECT FROM pg_attribute
        WHERE attrelid = to_regclass('migration_history') AND attname = 'version' AND NOT attisdropped) THEN
      ALTER TABLE migration_history RENAME TO migration_history_before_0001;
    END IF;
    IF to_regclass('migration_history') IS NULL THEN
      CREATE TABLE migration_history (
        version integer PRIMARY KEY,
        name text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
      );
    END IF;
  END $$`

/**
 * Applies the migrations that are missing, each in its own transaction. Any number of processes may do so at once.
 *
 * @returns the versions that this call applied
 */
export async function migrate(db: Database, options: { readonly to?: number } = {}): Promise<readonly number[]> {
  const applied: number[] = []
  for (const migration of ALL_MIGRATIONS) {
    if (options.to !== undefined && migration.version > options.to) break
    const ran = await db.transaction(OWNER, async (tx) => {
      await tx.query(LOCK)
      await tx.query(CREATE_HISTORY)
      const [found] = await tx.query('SELECT FROM migration_history WHERE version = $1', [migration.version])
      if (found) return false
      await migration.up(tx)
      await tx.query('INSERT INTO migration_history (version, name) VALUES ($1, $2)', [
        migration.version,
        migration.name,
      ])
      return true
    })
    if (ran) applied.push(migration.version)
  }
  return applied
}

/**
 * Takes back the newest migrations.
 *
 * @param options.steps how many. Default: 1
 * @returns the versions that were taken back, newest first
 */
export async function rollback(db: Database, options: { readonly steps?: number } = {}): Promise<readonly number[]> {
  const undone: number[] = []
  for (let step = 0; step < (options.steps ?? 1); step++) {
    const version = await db.transaction(OWNER, async (tx) => {
      await tx.query(LOCK)
      const newest = (await appliedVersions(tx)).keys().reduce((left, right) => Math.max(left, right), 0)
      if (newest === 0) return undefined
      const migration = ALL_MIGRATIONS.find((known) => known.version === newest)
      if (!migration) throw mismatch(`it was migrated to version ${newest}, which this program does not know`)
      await migration.down(tx)
      await tx.query('DELETE FROM migration_history WHERE version = $1', [newest])
      return newest
    })
    if (version === undefined) break
    undone.push(version)
  }
  return undone
}

/** All migrations that this program knows, and when they were applied. */
export async function migrationStatus(db: Database): Promise<readonly MigrationStatus[]> {
  const applied = await db.transaction(OWNER, appliedVersions)
  return ALL_MIGRATIONS.map(({ version, name }) => ({ version, name, appliedAt: applied.get(version) ?? null }))
}

/**
 * Drops every table that migrations and entities made, with all data. Tables of others in the same schema stay; the
 * roles stay too, since they belong to the whole cluster.
 */
export async function reset(db: Database): Promise<void> {
  await db.transaction(OWNER, async (tx) => {
    await tx.query(LOCK)
    const tables = await tx.query<{ name: string }>(
      `SELECT DISTINCT tablename AS name FROM pg_policies
        WHERE schemaname = current_schema() AND policyname IN ($1, $2) ORDER BY 1`,
      [TENANT_POLICY, ENGINE_POLICY],
    )
    for (const { name } of tables) await tx.query(`DROP TABLE IF EXISTS ${identifier(name)} CASCADE`)
    await tx.query(`
      DROP TABLE IF EXISTS migration_history;
      DROP SEQUENCE IF EXISTS millrace_source_seq;
      DROP FUNCTION IF EXISTS millrace_now();`)
  })
}

/**
 * Refuses a database that this program cannot work with; called once at start.
 *
 * @throws SCHEMA_MISMATCH when migrations are missing, or some are applied that this program does not know
 */
export async function assertSchema(db: Database): Promise<void> {
  const applied = await db.transaction(OWNER, appliedVersions)
  const missing = ALL_MIGRATIONS.filter(({ version }) => !applied.has(version))
  const first = missing[0]
  if (first) throw mismatch(`${missing.length} migrations are missing, from ${first.version} (${first.name}) on`)
  const newest = Math.max(...applied.keys())
  const known = Math.max(...ALL_MIGRATIONS.map(({ version }) => version))
  if (newest > known) throw mismatch(`it is at version ${newest} and this program knows ${known}`)
}

async function appliedVersions(tx: Tx): Promise<ReadonlyMap<number, Date>> {
  const [found] = await tx.query<{ exists: boolean }>(`SELECT to_regclass('migration_history') IS NOT NULL AS exists`)
  if (!found?.exists) return new Map()
  const rows = await tx.query<{ version: number; applied_at: Date }>(
    'SELECT version, applied_at FROM migration_history ORDER BY version',
  )
  return new Map(rows.map((row) => [row.version, row.applied_at]))
}

function mismatch(reason: string): MillraceError {
  return new MillraceError('SCHEMA_MISMATCH', {
    message: `Failed to use the database: ${reason}. Run the migrations, or a program of the matching version.`,
  })
}
