import { MillraceError } from '@millrace/core'
import { OWNER } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { sqlState } from '../database/database-error.ts'
import { tenantTable } from '../migrations/tenant-table.ts'

/** Two processes may start at once. */
const LOCK = 'SELECT pg_advisory_xact_lock(7310596212)'

/** Collections of all dimensions share a table, since every search names its collection. */
const CREATE_TABLES = `
  CREATE TABLE IF NOT EXISTS vector_collections (
    tenant_id integer NOT NULL REFERENCES tenants (id),
    profile text NOT NULL,
    dimensions integer NOT NULL,
    PRIMARY KEY (tenant_id, profile)
  );
  CREATE TABLE IF NOT EXISTS vector_points (
    tenant_id integer NOT NULL,
    profile text NOT NULL,
    id uuid NOT NULL,
    embedding vector NOT NULL,
    row_version bigint NOT NULL,
    payload jsonb NOT NULL,
    PRIMARY KEY (tenant_id, profile, id),
    FOREIGN KEY (tenant_id, profile) REFERENCES vector_collections
  )`

/** Tables of older versions know neither words nor which collection serves. */
const WIDEN = `
  ALTER TABLE vector_collections ADD COLUMN IF NOT EXISTS serves boolean NOT NULL DEFAULT false;
  CREATE UNIQUE INDEX IF NOT EXISTS vector_collections_serving ON vector_collections (tenant_id) WHERE serves;
  ALTER TABLE vector_points
    ADD COLUMN IF NOT EXISTS terms bigint[] NOT NULL DEFAULT '{}',
    ADD COLUMN IF NOT EXISTS weights real[] NOT NULL DEFAULT '{}'`

/** Whether the tables are there, and have what this version needs. */
const FIND_TABLES = `
  SELECT to_regclass('vector_points') IS NOT NULL AS exists, EXISTS (
    SELECT FROM pg_attribute WHERE attrelid = to_regclass('vector_points') AND attname = 'weights') AS wide`

const LACKS_EXTENSION = new Set(['0A000', '58P01', '42704', '42501'])

/**
 * Makes the extension and its tables. They are no migration, because only those who keep vectors in PostgreSQL need them.
 *
 * @throws SCHEMA_MISMATCH when the server lacks pgvector
 */
export async function ensureVectorTables(db: Database): Promise<void> {
  try {
    await db.transaction(OWNER, async (tx) => {
      await tx.query(LOCK)
      const [found] = await tx.query<{ exists: boolean; wide: boolean }>(FIND_TABLES)
      if (!found?.exists) {
        await tx.query('CREATE EXTENSION IF NOT EXISTS vector')
        await tx.query(CREATE_TABLES)
        await tenantTable(tx, 'vector_collections', { engine: false })
        await tenantTable(tx, 'vector_points', { engine: false })
      }
      if (!found?.wide) await tx.query(WIDEN)
    })
  } catch (cause) {
    if (!LACKS_EXTENSION.has(sqlState(cause) ?? '')) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    const remedy = db.embedded
      ? 'Open the embedded database with the extension of @electric-sql/pglite-pgvector'
      : 'Install pgvector on the server and let a superuser run CREATE EXTENSION vector'
    throw new MillraceError('SCHEMA_MISMATCH', {
      message: `Failed to keep vectors in PostgreSQL: ${reason}. ${remedy}, or use Qdrant.`,
      cause,
    })
  }
}
