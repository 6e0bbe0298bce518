import type { BridgeRow, BridgeScope, VectorBridge } from '@millrace/core'
import { tenant } from '../database/access.ts'
import type { Database, Tx } from '../database/database.ts'
import { entityTable } from '../entities/entity-table.ts'
import { toJsonb } from '../ledger/to-jsonb.ts'
import { lockRows } from '../loader/lock-rows.ts'

const COLUMNS = `record_key AS key, chunk, point_id AS "pointId", text_hash AS "textHash", payload_hash AS "payloadHash",
    row_hash AS "rowHash", row_version AS "rowVersion", state`

/** $1 table · $2 profile · $3 keys */
const READ = `
  SELECT ${COLUMNS} FROM qdrant_vectors WHERE table_name = $1 AND profile = $2 AND record_key = ANY ($3)
   ORDER BY record_key, chunk`

/** The chunks of the next rows. $1 table · $2 profile · $3 integration · $4 the last key of the page before, or null · $5 rows */
const LIST = `
  SELECT ${COLUMNS} FROM qdrant_vectors
   WHERE table_name = $1 AND profile = $2 AND record_key IN (
     SELECT DISTINCT record_key FROM qdrant_vectors
      WHERE table_name = $1 AND profile = $2 AND integration_id = $3 AND ($4::text IS NULL OR record_key > $4)
      ORDER BY record_key LIMIT $5)
   ORDER BY record_key, chunk`

/** $1 table · $2 profile · $3 keys · $4 why */
const BLAME = `
  UPDATE qdrant_vectors SET error = $4, last_updated_at = millrace_now()
   WHERE table_name = $1 AND profile = $2 AND record_key = ANY ($3) AND state <> 'ready'`

const PAGE_SIZE = 500

/**
 * Attempts count how often a row was marked since it was ready: one that never settles is a text to look at.
 *
 * $1 tenant · $2 integration · $3 table · $4 profile · $5 the rows as JSON
 */
const WRITE = `
  INSERT INTO qdrant_vectors AS v (tenant_id, integration_id, table_name, profile, record_key, chunk, point_id, text_hash,
    payload_hash, row_hash, row_version, state, attempts)
  SELECT $1, $2, $3, $4, key, chunk, "pointId", "textHash", "payloadHash", "rowHash", "rowVersion", state,
    CASE state WHEN 'ready' THEN 0 ELSE 1 END
    FROM jsonb_to_recordset($5::jsonb)
      AS r (key text, chunk integer, "pointId" uuid, "textHash" text, "payloadHash" text, "rowHash" text, "rowVersion" bigint,
        state text)
   ORDER BY key, chunk
  ON CONFLICT (tenant_id, table_name, record_key, chunk, profile) DO UPDATE SET
    point_id = excluded.point_id, text_hash = excluded.text_hash, payload_hash = excluded.payload_hash,
    row_hash = excluded.row_hash, row_version = greatest(v.row_version, excluded.row_version), state = excluded.state,
    error = NULL,
    attempts = CASE excluded.state WHEN 'ready' THEN 0 ELSE v.attempts + 1 END, last_updated_at = millrace_now()
  WHERE (v.point_id, v.text_hash, v.payload_hash, v.row_hash, v.state)
    IS DISTINCT FROM (excluded.point_id, excluded.text_hash, excluded.payload_hash, excluded.row_hash, excluded.state)
    OR excluded.state <> 'ready'`

/**
 * Forgets what was removed, and gives the keys of what somebody else is removing since, at a later version: that is another
 * removal, of a point that this one may have come too early for. $1 table · $2 profile · $3 the rows as JSON
 */
const REMOVE = `
  WITH removal AS (
    SELECT v.id, v.record_key AS key, v.row_version > r."rowVersion" AS later
      FROM qdrant_vectors v JOIN jsonb_to_recordset($3::jsonb) AS r (key text, chunk integer, "rowVersion" bigint)
        ON v.record_key = r.key AND v.chunk = r.chunk
     WHERE v.table_name = $1 AND v.profile = $2 AND v.state = 'deleting'
  ),
  forgotten AS (
    DELETE FROM qdrant_vectors v USING removal WHERE v.id = removal.id AND NOT removal.later
  )
  SELECT DISTINCT key FROM removal WHERE later`

/** $1 table · $2 profile · $3 keys */
const DOUBT = `
  UPDATE qdrant_vectors SET state = 'pending', attempts = attempts + 1, last_updated_at = millrace_now()
   WHERE table_name = $1 AND profile = $2 AND record_key = ANY ($3) AND state = 'ready'`

/**
 * A point that was written while its row was removed must be found and removed as well: also when its removal is under way,
 * since that may have come first. The version grows, so that whoever is removing it does not forget it.
 *
 * $1 tenant · $2 integration · $3 table · $4 profile · $5 the rows as JSON
 */
const REMEMBER = `
  INSERT INTO qdrant_vectors AS v (tenant_id, integration_id, table_name, profile, record_key, chunk, point_id, text_hash,
    payload_hash, row_hash, row_version, state, attempts)
  SELECT $1, $2, $3, $4, key, chunk, "pointId", "textHash", "payloadHash", "rowHash", "rowVersion", 'pending', 1
    FROM jsonb_to_recordset($5::jsonb)
      AS r (key text, chunk integer, "pointId" uuid, "textHash" text, "payloadHash" text, "rowHash" text, "rowVersion" bigint)
   ORDER BY key, chunk
  ON CONFLICT (tenant_id, table_name, record_key, chunk, profile) DO UPDATE SET
    state = 'pending', row_version = greatest(v.row_version, excluded.row_version) + 1, attempts = v.attempts + 1,
    last_updated_at = millrace_now()
  WHERE v.state = 'deleting'`

/**
 * The bridge in table `qdrant_vectors`, whatever vector store it leads to. Commits together with a PostgreSQL ledger, and
 * watches the tables of a PostgreSQL loader.
 */
export function postgresVectorBridge(db: Database): VectorBridge {
  /** In the ledger's transaction, which acts for the row's tenant, or else in one of its own. */
  const inside = <T>(scope: BridgeScope, tx: unknown, work: (tx: Tx) => Promise<T>): Promise<T> =>
    tx === undefined ? db.transaction(tenant(scope.tenantId), work) : work(tx as Tx)

  return {
    joins: db.kind,

    read: (scope, keys) =>
      inside(scope, undefined, (tx) => tx.query<BridgeRow>(READ, [scope.entity.name, scope.profile, keys])),

    async *list(scope) {
      let last: string | null = null
      for (;;) {
        const values: readonly unknown[] = [scope.entity.name, scope.profile, scope.integrationId, last, PAGE_SIZE]
        const page: readonly BridgeRow[] = await db.query<BridgeRow>(tenant(scope.tenantId), LIST, values)
        if (page.length === 0) return
        yield page
        last = page.at(-1)?.key ?? null
      }
    },

    async mark(scope, rows, outer) {
      await inside(scope, outer, (tx) => write(tx, scope, rows))
    },

    settle: (scope, rows, outer) =>
      inside(scope, outer, async (tx) => {
        const stored = await lockRows(tx, entityTable(scope.entity), [...new Set(rows.map((row) => row.key))])
        const isAsEmbedded = (row: BridgeRow): boolean => {
          const found = stored.get(row.key)
          return (found?.active ? found.hash : '') === row.rowHash
        }
        const changed = new Set(rows.filter((row) => !isAsEmbedded(row)).map((row) => row.key))
        const settled = rows.filter((row) => !changed.has(row.key))
        const removed = settled.filter((row) => row.state === 'deleting')
        const ready = settled
          .filter((row) => row.state !== 'deleting')
          .map((row) => ({ ...row, state: 'ready' as const }))
        await write(tx, scope, ready)
        const later =
          removed.length > 0
            ? await tx.query<{ key: string }>(REMOVE, [scope.entity.name, scope.profile, toJsonb(removed)])
            : []
        if (changed.size > 0) await tx.execute(DOUBT, [scope.entity.name, scope.profile, [...changed]])
        const written = rows.filter((row) => changed.has(row.key) && row.state !== 'deleting')
        if (written.length > 0) await tx.execute(REMEMBER, valuesOf(scope, written))
        return [...changed, ...later.map(({ key }) => key)]
      }),

    async blame(scope, keys, reason) {
      await db.query(tenant(scope.tenantId), BLAME, [
        scope.entity.name,
        scope.profile,
        keys,
        reason.replaceAll('\0', ''),
      ])
    },
  }
}

async function write(tx: Tx, scope: BridgeScope, rows: readonly BridgeRow[]): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(WRITE, valuesOf(scope, rows))
}

function valuesOf(scope: BridgeScope, rows: readonly BridgeRow[]): readonly unknown[] {
  return [scope.tenantId, scope.integrationId, scope.entity.name, scope.profile, toJsonb(rows)]
}
