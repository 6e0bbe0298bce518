import type { AnyEntity, EmbedSpec, StoredRow } from '@millrace/core'
import { tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { identifier } from '../database/identifier.ts'
import { entityTable } from '../entities/entity-table.ts'

/** What a run writes it also embeds; whatever it has not come to yet would be paid for twice. */
const IS_RUNNING = `SELECT FROM etl_runs WHERE state = 'running' LIMIT 1`

/** A connector that never ran has no table. $1 table */
const EXISTS = 'SELECT to_regclass($1) IS NOT NULL AS exists'

/** By the index for reading what a run changed. $1 integration */
const newestRun = (table: string): string =>
  `SELECT max(run_id) AS run FROM ${identifier(table)} WHERE integration_id = $1`

/** A template that says something else of the same rows begins anew. $1 integration · $2 table · $3 profile · $4 template version */
const READ_MARK = `
  SELECT run_id AS run FROM embedding_marks
   WHERE integration_id = $1 AND table_name = $2 AND profile = $3 AND template_version = $4`

/** $1 integration · $2 table · $3 profile · $4 template version · $5 tenant · $6 run */
const WRITE_MARK = `
  INSERT INTO embedding_marks (integration_id, table_name, profile, template_version, tenant_id, run_id)
  VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (integration_id, table_name, profile) DO UPDATE SET
    template_version = excluded.template_version, run_id = excluded.run_id`

/** The rows that one model has, or should have, vectors of. */
export interface EmbeddedRows {
  readonly tenantId: number
  readonly integrationId: number
  readonly entity: AnyEntity
  readonly profile: string
}

/** A look at rows that runs wrote since the last one. */
export interface Look {
  /** What this run and those before it wrote was looked at already. */
  readonly afterRun: number
  /** Remembers that every text of these rows has its vectors: those without vectors have no text. */
  done(): Promise<void>
}

/** Undefined where nothing is new, or a run of the tenant is under way. */
export async function lookAt(db: Database, rows: EmbeddedRows): Promise<Look | undefined> {
  const { tenantId, integrationId, entity, profile } = rows
  const access = tenant(tenantId)
  const table = entityTable(entity)
  const [there] = await db.query<{ exists: boolean }>(access, EXISTS, [identifier(table.name)])
  if (!there?.exists) return undefined
  const { version = 1 } = entity.embed as EmbedSpec<StoredRow>
  const mark = [integrationId, table.name, profile, version]
  const [looked] = await db.query<{ run: number }>(access, READ_MARK, mark)
  const [newest] = await db.query<{ run: number | null }>(access, newestRun(table.name), [integrationId])
  const [afterRun, upTo] = [looked?.run ?? 0, newest?.run ?? 0]
  // Asked after the newest run: one that wrote until then, and still runs, has more to write.
  if (upTo <= afterRun || (await db.query(access, IS_RUNNING)).length > 0) return undefined
  return {
    afterRun,
    async done() {
      await db.query(access, WRITE_MARK, [...mark, tenantId, upTo])
    },
  }
}
