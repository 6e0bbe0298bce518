import type { FilterField, VectorFilter } from '@millrace/core'
import { type Database, tenant } from '@millrace/sink-postgres'

/**
 * Fields that hold the row of something which people know by a name. Points keep the row, because names change and points
 * should not have to.
 */
const NAMED = {
  repository: { table: 'repositories', names: ['name_with_owner', 'name'] },
  status: { table: 'statuses', names: ['name'] },
} as const satisfies { readonly [Field in FilterField]?: { readonly table: string; readonly names: readonly string[] } }

type NamedField = keyof typeof NAMED

/** A connector that never ran has no table. $1 table */
const EXISTS = 'SELECT to_regclass($1) IS NOT NULL AS exists'

/** Without regard to case. $1 names in lower case */
const rowsCalled = ({ table, names }: (typeof NAMED)[NamedField]): string =>
  `SELECT id FROM ${table} WHERE ${names.map((name) => `lower(${name}) = ANY ($1)`).join(' OR ')}`

/** $1 ids as texts */
const namesOf = ({ table, names: [name] }: (typeof NAMED)[NamedField]): string =>
  `SELECT id::text AS id, ${name} AS name FROM ${table} WHERE id = ANY ($1::uuid[])`

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The filter with the rows of whatever it calls by name; what nothing is called by is left as it is, and finds nothing. */
export async function namedFilters(db: Database, tenantId: number, filter: VectorFilter): Promise<VectorFilter> {
  const found: { [field: string]: { anyOf: (string | number)[] } } = {}
  for (const field of Object.keys(NAMED) as NamedField[]) {
    const asked = filter[field]?.anyOf
    if (!asked || !(await isThere(db, tenantId, field))) continue
    const names = asked.map((name) => String(name).toLowerCase())
    const rows = await db.query<{ id: string }>(tenant(tenantId), rowsCalled(NAMED[field]), [names])
    found[field] = { anyOf: [...asked, ...rows.map(({ id }) => id)] }
  }
  return { ...filter, ...found }
}

/** What the rows in payloads are called now, by field and id. */
export async function namesInPayloads(
  db: Database,
  tenantId: number,
  payloads: readonly { readonly [field: string]: unknown }[],
): Promise<{ readonly [Field in NamedField]: ReadonlyMap<string, string> }> {
  const read = async (field: NamedField): Promise<ReadonlyMap<string, string>> => {
    const ids = [...new Set(payloads.map((payload) => String(payload[field])))].filter((id) => UUID.test(id))
    if (ids.length === 0 || !(await isThere(db, tenantId, field))) return new Map()
    const rows = await db.query<{ id: string; name: string }>(tenant(tenantId), namesOf(NAMED[field]), [ids])
    return new Map(rows.map(({ id, name }) => [id, name]))
  }
  return { repository: await read('repository'), status: await read('status') }
}

async function isThere(db: Database, tenantId: number, field: NamedField): Promise<boolean> {
  const [found] = await db.query<{ exists: boolean }>(tenant(tenantId), EXISTS, [NAMED[field].table])
  return found?.exists === true
}
