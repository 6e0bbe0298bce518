import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import {
  type AnyEntity,
  type ChangedRows,
  cascadeRemovals,
  type EntityLoad,
  guardCensus,
  type LoadBatch,
  type LoadCensus,
  type Loader,
  type LoadReplace,
  type LoadRow,
  type LoadScope,
  type ReadRow,
  type RemovedRow,
  type SourceVersion,
  type StoredRow,
  storedColumn,
  storedColumns,
} from '@millrace/core'

export interface SqliteLoader extends Loader {
  /** Closes the file; nothing may be under way. */
  close(): void
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS millrace_rows (
    tenant_id INTEGER, integration_id INTEGER, entity TEXT, key TEXT, parent_key TEXT,
    content TEXT NOT NULL, hash TEXT NOT NULL, at INTEGER, seq INTEGER NOT NULL, active INTEGER NOT NULL, run_id INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, integration_id, entity, key)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS millrace_children ON millrace_rows (tenant_id, integration_id, entity, parent_key);
  CREATE TABLE IF NOT EXISTS millrace_sets (
    tenant_id INTEGER, integration_id INTEGER, entity TEXT, parent_key TEXT, seq INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, integration_id, entity, parent_key)
  ) WITHOUT ROWID;`

const SCOPE = 'tenant_id = ? AND integration_id = ? AND entity = ?'

const READ_PAGE = 500

interface Known {
  readonly key: string
  readonly hash: string
  readonly at: number | null
  readonly seq: number
  readonly active: number
  readonly run_id: number
}

/**
 * A loader over a file of SQLite: rows are JSON documents, and every entity has a view with its columns. Tombstones stay, as
 * rows that no view shows. It does not join a ledger's transaction, so a load may be repeated after a crash and changes nothing
 * then.
 *
 * @param file a path, or ':memory:'
 * @throws Error of node:sqlite when the file cannot be opened
 */
export function sqliteLoader(file: string): SqliteLoader {
  const db = new DatabaseSync(file)
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 10000; ${SCHEMA}`)
  return {
    joins: 'none',
    async prepare(entities) {
      transact(db, () => {
        for (const entity of entities) createView(db, entity)
      })
    },
    async load(batch) {
      return transact(db, () => loadBatch(statements(db, batch), batch))
    },
    async *read({ tenantId, integrationId }, entity, { keys, runId, columns } = {}) {
      const conditions = [
        ...(keys ? ['key IN (SELECT value FROM json_each(:keys))'] : []),
        ...(runId === undefined ? [] : ['run_id = :run']),
      ]
      const filter = { ...(keys && { keys: JSON.stringify(keys) }), ...(runId !== undefined && { run: runId }) }
      const page = db.prepare(`
        SELECT key, hash, seq, content FROM millrace_rows
         WHERE tenant_id = :tenant AND integration_id = :integration AND entity = :entity AND active AND key > :after
           ${conditions.map((condition) => `AND ${condition}`).join(' ')} ORDER BY key LIMIT ${READ_PAGE}`)
      const scope = { tenant: tenantId, integration: integrationId, entity: entity.name }
      for (let after: string | undefined = ''; after !== undefined; ) {
        const rows = page.all({ ...scope, ...filter, after }) as unknown as (Known & { content: string })[]
        if (rows.length > 0) yield rows.map((row) => readRow(entity, row, columns))
        after = rows.length < READ_PAGE ? undefined : rows.at(-1)?.key
      }
    },
    close: () => db.close(),
  }
}

type Removed = ChangedRows & { readonly gone: readonly RemovedRow[] }

function loadBatch(db: Statements, batch: LoadBatch): readonly ChangedRows[] {
  const isChild = ({ entity }: EntityLoad): boolean => entity.parent !== undefined
  // Parents first, so that a replace is compared with the parent row of its own batch.
  const parents = batch.loads.filter((load) => !isChild(load)).map((load) => loadEntity(db, load, batch))
  const whole = cascadeRemovals(batch, new Map(parents.map(({ entity, gone }) => [entity, gone])))
  const children = whole.loads.filter(isChild).map((load) => loadEntity(db, load, batch))
  return [...parents, ...children].map(({ entity, written, removed }) => ({ entity, written, removed }))
}

function loadEntity(
  db: Statements,
  { entity, upserts, deletes, censuses, replaces }: EntityLoad,
  batch: LoadBatch,
): Removed {
  const written = upserts.filter((row) => write(db, entity, row, batch.fullSync)).map(({ key }) => key)
  const removed: string[] = []
  const gone: RemovedRow[] = []
  for (const row of [...deletes, ...censuses.flatMap((census) => missingFrom(db, entity, census, batch))]) {
    const lived = bury(db, entity, row)
    if (lived === undefined) continue
    gone.push(row)
    if (lived) removed.push(row.key)
  }
  for (const replace of replaces) {
    if (!counts(db, entity, replace, batch.fullSync)) continue
    const kept = new Set(replace.rows.map(({ key }) => key))
    written.push(...replace.rows.filter((row) => write(db, entity, row, batch.fullSync)).map(({ key }) => key))
    for (const { key } of db.children(entity, replace.parentKey)) {
      if (!kept.has(key) && bury(db, entity, { key, version: replace.version })) removed.push(key)
    }
  }
  return { entity: entity.name, written, removed, gone }
}

/** Whether the row's content changed. What is only newer is remembered too: an older batch must not win later. */
function write(db: Statements, entity: AnyEntity, row: LoadRow, fullSync: boolean): boolean {
  const known = db.find(entity, row.key)
  if (known && !supersedes(row.version, known, fullSync)) return false
  const unchanged = known?.active === 1 && known.hash === row.hash
  if (unchanged) db.confirm(entity, row.key, row.version)
  else db.put(entity, row)
  return !unchanged
}

/** Undefined when the row was seen later; else whether it lived until now. */
function bury(db: Statements, entity: AnyEntity, { key, version }: RemovedRow): boolean | undefined {
  const known = db.find(entity, key)
  if (known && version.seq < known.seq) return undefined
  db.bury(entity, key, version)
  return known?.active === 1
}

function missingFrom(
  db: Statements,
  entity: AnyEntity,
  census: LoadCensus,
  { maxRemovedShare }: LoadBatch,
): readonly RemovedRow[] {
  const named = new Set(census.keys)
  const live = db.live(entity, census)
  const missing = live.filter(({ key }) => !named.has(key))
  guardCensus(census, { entity, live: live.length, missing: missing.length, maxRemovedShare })
  return missing.map(({ key }) => ({ key, version: census.version }))
}

function counts(db: Statements, entity: AnyEntity, replace: LoadReplace, fullSync: boolean): boolean {
  if (!replace.withParent) return db.beginSet(entity, replace)
  const parent = db.find(replace.parentEntity, replace.parentKey)
  return !parent || supersedes(replace.version, parent, fullSync)
}

/** Against a tombstone, and in a full sync, the sequence alone decides; otherwise the provider's time comes first. */
function supersedes(version: SourceVersion, known: Known, fullSync: boolean): boolean {
  if (fullSync || known.active === 0) return version.seq >= known.seq
  const newer = (version.at?.getTime() ?? -Infinity) - (known.at ?? -Infinity)
  return Number.isNaN(newer) || newer === 0 ? version.seq >= known.seq : newer > 0
}

/** What a load asks of the tables, within its scope. */
type Statements = ReturnType<typeof statements>

function statements(db: DatabaseSync, { scope }: { readonly scope: LoadScope }) {
  const { tenantId, integrationId, runId } = scope
  const sql = (text: string) => {
    const statement = db.prepare(text)
    return (entity: AnyEntity, ...values: SQLInputValue[]) =>
      statement.all(tenantId, integrationId, entity.name, ...values) as unknown as Known[]
  }
  const find = sql(`SELECT * FROM millrace_rows WHERE ${SCOPE} AND key = ?`)
  const children = sql(`SELECT * FROM millrace_rows WHERE ${SCOPE} AND parent_key = ?`)
  const live = sql(`SELECT * FROM millrace_rows WHERE ${SCOPE} AND active AND seq < ?`)
  const liveWithin = sql(`SELECT * FROM millrace_rows WHERE ${SCOPE} AND active AND seq < ? AND content ->> ? = ?`)
  const put = sql(`
    INSERT INTO millrace_rows (tenant_id, integration_id, entity, key, parent_key, content, hash, at, seq, run_id, active)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
    ON CONFLICT DO UPDATE SET parent_key = excluded.parent_key, content = excluded.content, hash = excluded.hash,
      at = excluded.at, seq = excluded.seq, run_id = excluded.run_id, active = 1`)
  const confirm = sql(
    `UPDATE millrace_rows SET at = ?4, seq = ?5 WHERE tenant_id = ?1 AND integration_id = ?2 AND entity = ?3 AND key = ?6`,
  )
  const bury = sql(`
    INSERT INTO millrace_rows (tenant_id, integration_id, entity, key, content, hash, at, seq, run_id, active)
    VALUES (?, ?, ?, ?, '{}', '', NULL, ?, ?, 0)
    ON CONFLICT DO UPDATE SET at = NULL, seq = excluded.seq, run_id = excluded.run_id, active = 0`)
  const beginSet = sql(`
    INSERT INTO millrace_sets (tenant_id, integration_id, entity, parent_key, seq) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET seq = excluded.seq WHERE excluded.seq >= seq RETURNING seq`)
  const time = ({ at }: SourceVersion): number | null => at?.getTime() ?? null
  return {
    find: (entity: AnyEntity, key: string): Known | undefined => find(entity, key)[0],
    children: (entity: AnyEntity, parentKey: string): readonly Known[] => children(entity, parentKey),
    /** Live rows in reach of a census that were seen before it. */
    live: (entity: AnyEntity, { within, version }: LoadCensus): readonly Known[] =>
      within ? liveWithin(entity, version.seq, within.column, within.key) : live(entity, version.seq),
    put: (entity: AnyEntity, { key, values, json, hash, version }: LoadRow): void => {
      const parent = entity.parent === undefined ? null : String(values[storedColumn(entity.parent)])
      put(entity, key, parent, json, hash, time(version), version.seq, runId)
    },
    confirm: (entity: AnyEntity, key: string, version: SourceVersion): void => {
      confirm(entity, time(version), version.seq, key)
    },
    bury: (entity: AnyEntity, key: string, { seq }: SourceVersion): void => {
      bury(entity, key, seq, runId)
    },
    /** False when a later set of this parent's children is known. */
    beginSet: (entity: AnyEntity, { parentKey, version }: LoadReplace): boolean =>
      beginSet(entity, parentKey, version.seq).length > 0,
  }
}

function readRow(
  entity: AnyEntity,
  { key, hash, seq, content }: Known & { readonly content: string },
  wanted?: readonly string[],
): ReadRow {
  const document = JSON.parse(content) as StoredRow
  const columns = storedColumns(entity).filter(({ stored }) => wanted?.includes(stored) ?? true)
  const values = columns.map(({ stored, type }) => {
    const value = document[stored] ?? null
    return [stored, value !== null && type === 'timestamptz' ? new Date(String(value)) : value]
  })
  return { key, hash, seq, values: Object.fromEntries(values) }
}

/** Names of entities and columns are snake_case, so that they need no more than quotes. */
function createView(db: DatabaseSync, entity: AnyEntity): void {
  const columns = storedColumns(entity).map(({ stored }) => `content ->> '${stored}' AS "${stored}"`)
  db.exec(`
    DROP VIEW IF EXISTS "${entity.name}";
    CREATE VIEW "${entity.name}" AS SELECT tenant_id, integration_id, key AS id, ${columns.join(', ')}
      FROM millrace_rows WHERE entity = '${entity.name}' AND active`)
}

function transact<Result>(db: DatabaseSync, work: () => Result): Result {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    db.exec('COMMIT')
    return result
  } catch (error) {
    db.exec('ROLLBACK')
    throw error
  }
}
