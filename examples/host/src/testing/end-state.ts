import { jira } from '@millrace/connector-jira'
import { type Database, ENGINE, tenant } from '@millrace/sink-postgres'
import { checksumOf } from '@millrace-examples/simulators'
import { openStore } from '../open-store.ts'

/** How many rows there are, and a checksum of what they say that depends on nothing else. */
interface Content {
  readonly rows: number
  readonly checksum: string
}

/** What the first run leaves behind, as far as it follows from the site alone: no ids, times or sequences of this database. */
export interface EndState {
  readonly tables: { readonly [table: string]: Content }
  readonly vectors: Content & { readonly points: number; readonly unsettled: number }
  readonly raw: Content & { readonly pages: number }
  readonly counters: readonly object[]
  readonly queue: readonly object[]
  readonly run: readonly object[]
}

/** Columns whose values are a matter of this database, or of when it was written. */
const OWN_COLUMNS = [
  'id',
  'tenant_id',
  'integration_id',
  'source_seq',
  'row_hash',
  'run_id',
  'created_at',
  'last_updated_at',
]

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

/** A life that dies between the end of the run and its own begins the next one with a second run, which finds nothing new. */
const FIRST_RUN = 'run_id = (SELECT min(id) FROM etl_runs)'

/** A row that two steps know of is written by whichever comes first, so only the run's sum is always the same. */
const RUN = `
  SELECT mode, state, (SELECT sum(s.rows_written) FROM etl_run_steps s WHERE s.run_id = r.id) AS rows_written
    FROM etl_runs r ORDER BY id LIMIT 1`

const COUNTERS = `
  SELECT step, stage, state, planned, done, dead, rows_removed, embedded
    FROM etl_run_steps WHERE ${FIRST_RUN} ORDER BY 1, 2`

/** A page may be loaded by the commit that stores it: then it has no transform row. The counters have both. */
const QUEUE = `
  SELECT step, job_type, status, count(*) FROM etl_job_queue WHERE ${FIRST_RUN} AND job_type <> 'transform' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`

const RAW = `
  SELECT queue_id, cursor_seq, entity_type, encode(sha256, 'hex') AS sha256, processing_status
    FROM raw_extraction_data WHERE ${FIRST_RUN}`

/** A server may lack pgvector. */
const HAS_POINTS = `SELECT to_regclass('vector_points') IS NOT NULL AS has`

const VECTORS = `
  SELECT b.table_name, b.record_key, b.chunk, b.text_hash, b.state, p.embedding::text
    FROM qdrant_vectors b LEFT JOIN vector_points p ON p.id = b.point_id`

/** Reads the end state from a data directory that no other process has open. */
export async function readEndState(directory: string): Promise<EndState> {
  const db = await openStore({ kind: 'embedded', directory })
  try {
    const [demo] = await db.query<{ id: number }>(ENGINE, `SELECT id FROM tenants WHERE name = 'Demo'`)
    return await readTenantEndState(db, demo?.id ?? 0)
  } finally {
    await db.close()
  }
}

/** Reads the end state of one tenant. */
export async function readTenantEndState(db: Database, tenantId: number): Promise<EndState> {
  const read = (sql: string) => db.query(tenant(tenantId), sql)
  const stored = new Map<string, readonly Record<string, unknown>[]>()
  const names = new Map<unknown, string>()
  for (const { name } of jira.entities) {
    const rows = await read(`SELECT * FROM "${name}"`)
    stored.set(name, rows)
    // Ids follow from the tenant's number, and a crash may have used up a number.
    for (const row of rows) if ('external_id' in row) names.set(row.id, `${name} ${String(row.external_id)}`)
  }
  // The key of a child row holds its parent's id among others.
  const named = (value: unknown): unknown => {
    if (value instanceof Date) return value.toISOString()
    return typeof value === 'string' ? value.replace(UUID, (id) => names.get(id) ?? id) : value
  }
  const content = (rows: readonly Record<string, unknown>[]): Content => {
    const facts = rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).flatMap(([column, value]) =>
          OWN_COLUMNS.includes(column) ? [] : [[column, named(value)]],
        ),
      ),
    )
    return { rows: rows.length, checksum: checksumOf(facts) }
  }

  const raw = await read(RAW)
  const [{ has: hasPoints } = { has: false }] = await read(HAS_POINTS)
  const vectors = hasPoints ? await read(VECTORS) : []
  const [points] = hasPoints ? await read('SELECT count(*) FROM vector_points') : []
  return {
    tables: Object.fromEntries([...stored].map(([name, rows]) => [name, content(rows)])),
    vectors: {
      ...content(vectors),
      points: Number(points?.count ?? 0),
      unsettled: vectors.filter((row) => row.state !== 'ready' || row.embedding === null).length,
    },
    raw: {
      ...content(raw.map(({ queue_id: _queue, cursor_seq: _seq, ...body }) => body)),
      pages: new Set(raw.map((row) => `${String(row.queue_id)} ${String(row.cursor_seq)}`)).size,
    },
    counters: await read(COUNTERS),
    queue: await read(QUEUE),
    run: await read(RUN),
  }
}
