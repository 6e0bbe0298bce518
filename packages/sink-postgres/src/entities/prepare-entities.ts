import { type AnyEntity, MillraceError } from '@millrace/core'
import { OWNER } from '../database/access.ts'
import type { Database, Tx } from '../database/database.ts'
import { identifier } from '../database/identifier.ts'
import { tenantTable } from '../migrations/tenant-table.ts'
import { type EntityTable, entityTable, SYSTEM_COLUMNS } from './entity-table.ts'
import { prepareNameViews } from './name-views.ts'
import { widening } from './widening.ts'

/** Two programs that start at once prepare one after the other. */
const LOCK = 'SELECT pg_advisory_xact_lock(7310596212)'

const EXISTING_COLUMNS = `
  SELECT a.attname AS name,
         CASE format_type(a.atttypid, NULL) WHEN 'timestamp with time zone' THEN 'timestamptz'
           ELSE format_type(a.atttypid, NULL) END AS type,
         coalesce(a.attnum = ANY (p.indkey::smallint[]), false) AS in_key
    FROM pg_attribute a
    LEFT JOIN pg_index p ON p.indrelid = a.attrelid AND p.indisprimary
   WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped`

interface ExistingColumn {
  readonly name: string
  readonly type: string
  readonly in_key: boolean
}

/**
 * Creates what the entities need: their tables, columns that were added to a definition, wider types, and views of names. Nothing is
 * ever dropped or narrowed. Safe to call twice, and from several processes at once.
 *
 * @throws SCHEMA_MISMATCH when a column cannot be widened as asked, or the key changed
 */
export async function prepareEntities(db: Database, entities: readonly AnyEntity[]): Promise<void> {
  await db.transaction(OWNER, async (tx) => {
    await tx.query(LOCK)
    for (const entity of entities) await prepareTable(tx, entityTable(entity))
    await prepareNameViews(tx, entities)
  })
}

async function prepareTable(tx: Tx, table: EntityTable): Promise<void> {
  const existing = await tx.query<ExistingColumn>(EXISTING_COLUMNS, [identifier(table.name)])
  if (existing.length === 0) await createTable(tx, table)
  else await extendTable(tx, table, existing)
  await createIndexes(tx, table)
}

async function createTable(tx: Tx, table: EntityTable): Promise<void> {
  const columns = [
    ...(table.parent === undefined ? ['id uuid'] : []),
    ...table.columns.map(({ name, type }) => `${identifier(name)} ${type}`),
    ...Object.entries(SYSTEM_COLUMNS).map(([name, definition]) => `${name} ${definition}`),
    `PRIMARY KEY (${table.key.map(({ name }) => identifier(name)).join(', ')})`,
  ]
  await tx.query(`CREATE TABLE ${identifier(table.name)} (${columns.join(', ')})`)
  await tenantTable(tx, table.name, { engine: false })
}

async function extendTable(tx: Tx, table: EntityTable, existing: readonly ExistingColumn[]): Promise<void> {
  const found = new Map(existing.map((column) => [column.name, column]))
  const foreign = Object.keys(SYSTEM_COLUMNS).find((name) => !found.has(name))
  if (foreign)
    throw mismatch(table, `it lacks the column ${foreign}, so it is not a table of ours`, 'Rename one of the two.')
  const key = existing.filter((column) => column.in_key).map(({ name }) => name)
  const wanted = table.key.map(({ name }) => name)
  if (key.toSorted().join() !== wanted.toSorted().join()) {
    throw mismatch(
      table,
      `its key is (${key.join(', ')}) and not (${wanted.join(', ')})`,
      'Give the entity another name.',
    )
  }
  const changes: string[] = []
  for (const { name, type } of table.columns) {
    const column = identifier(name)
    const now = found.get(name)?.type
    if (now === type) continue
    const using = now === undefined ? undefined : widening(column, now, type)
    if (now === undefined) changes.push(`ADD COLUMN ${column} ${type}`)
    else if (using) changes.push(`ALTER COLUMN ${column} TYPE ${type} USING ${using}`)
    else {
      throw mismatch(
        table,
        `column ${name} is ${now} and cannot be widened to ${type}`,
        'Declare a new column and replay the raw records into it.',
      )
    }
  }
  if (changes.length > 0) await tx.query(`ALTER TABLE ${identifier(table.name)} ${changes.join(', ')}`)
}

async function createIndexes(tx: Tx, table: EntityTable): Promise<void> {
  const create = (suffix: string, on: string): Promise<unknown> =>
    tx.query(
      `CREATE INDEX IF NOT EXISTS ${identifier(indexName(`${table.name}_${suffix}`))} ON ${identifier(table.name)} ${on}`,
    )
  for (const { name, type } of table.columns) {
    if (!table.indexed.includes(name) || name === table.key[0]?.name) continue
    const column = identifier(name)
    // Answers containment (@>) and paths (@?, @@), at a fifth of the cost of one that knows every key by itself as well.
    await create(`${name}_idx`, type === 'jsonb' ? `USING gin (${column} jsonb_path_ops)` : `(${column})`)
  }
  // For reading what a run changed.
  await create('run_idx', '(integration_id, run_id)')
}

/** PostgreSQL cuts names at 63 bytes, and two indexes of long columns would then share a name. */
function indexName(index: string): string {
  if (index.length <= 63) return index
  let sum = 0
  for (const letter of index) sum = (Math.imul(sum, 31) + letter.charCodeAt(0)) >>> 0
  return `${index.slice(0, 50)}_${sum.toString(36)}`
}

function mismatch(table: EntityTable, reason: string, remedy: string): MillraceError {
  return new MillraceError('SCHEMA_MISMATCH', {
    message: `Failed to prepare table ${table.name}: ${reason}. ${remedy}`,
    context: { entity: table.name },
  })
}
