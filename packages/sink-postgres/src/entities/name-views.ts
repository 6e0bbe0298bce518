import type { AnyEntity } from '@millrace/core'
import { z } from 'zod'
import type { Tx } from '../database/database.ts'
import { identifier } from '../database/identifier.ts'
import { entityTable } from './entity-table.ts'

/** Kept as the view's comment, so that whichever process prepares the other side knows of it. All of it are identifiers. */
const description = z.strictObject({
  view: z.string(),
  source: z.string(),
  shown: z.array(z.string()),
  name: z.string(),
  parent: z.strictObject({ table: z.string(), column: z.string() }).nullable(),
  in: z.string(),
  by: z.string(),
  means: z.string(),
  of: z.string(),
  /** Whether the other side was missing when the view was made. */
  waits: z.boolean(),
})

type Description = z.output<typeof description>

const MARK = 'millrace names '

/** $1 what comments of our views begin with */
const LIST_VIEWS = `
  SELECT obj_description(oid, 'pg_class') AS description FROM pg_class
   WHERE relkind = 'v' AND relnamespace = current_schema()::regnamespace AND starts_with(obj_description(oid, 'pg_class'), $1)`

/** $1, $2 tables */
const BOTH_EXIST = 'SELECT to_regclass($1) IS NOT NULL AND to_regclass($2) IS NOT NULL AS exist'

/**
 * Makes the views that show what names mean: of these entities, and those that waited for them. A view that somebody else
 * built upon one of ours keeps it: its columns stay.
 */
export async function prepareNameViews(tx: Tx, entities: readonly AnyEntity[]): Promise<void> {
  const found = await tx.query<{ description: string }>(LIST_VIEWS, [MARK])
  const known = new Map(
    found.map(({ description: text }) => {
      const parsed = description.parse(JSON.parse(text.slice(MARK.length)))
      return [parsed.view, parsed] as const
    }),
  )
  const declared = entities.flatMap(describe)
  const isKnown = (one: Description): boolean =>
    JSON.stringify({ ...known.get(one.view), waits: true }) === JSON.stringify(one)
  const fresh = declared.filter((one) => !isKnown(one))
  const names = new Set(fresh.map(({ view }) => view))
  for (const one of fresh) await makeView(tx, one)
  for (const one of known.values()) if (one.waits && !names.has(one.view)) await makeView(tx, one)
}

function describe(entity: AnyEntity): readonly Description[] {
  const table = entityTable(entity)
  const stored = (column: string): string => (column === 'id' ? 'external_id' : column)
  const parent = entity.parent === undefined ? undefined : entity.references[entity.parent]
  return entity.resolves.map(({ view, name, in: lister, by, means, of }) => ({
    view,
    source: table.name,
    shown: [...new Set([...table.key.map((column) => column.name), stored(name)])],
    name: stored(name),
    parent: parent && table.parent !== undefined ? { table: parent.name, column: table.parent } : null,
    in: lister,
    by: stored(by),
    means,
    of,
    waits: true,
  }))
}

async function makeView(tx: Tx, one: Description): Promise<void> {
  const [tables] = await tx.query<{ exist: boolean }>(BOTH_EXIST, [identifier(one.in), identifier(one.of)])
  const waits = tables?.exist !== true
  // It reads with the rights of whoever looks: otherwise row security would not hold.
  await tx.query(`
    CREATE OR REPLACE VIEW ${identifier(one.view)} WITH (security_invoker = true) AS ${waits ? nothingYet(one) : meanings(one)};
    GRANT SELECT ON ${identifier(one.view)} TO millrace_app;
    COMMENT ON VIEW ${identifier(one.view)} IS '${MARK}${JSON.stringify({ ...one, waits })}';`)
}

function shownColumns({ shown }: Description): string {
  return ['tenant_id', 'integration_id', ...shown].map((column) => `s.${identifier(column)}`).join(', ')
}

function nothingYet(one: Description): string {
  return `SELECT ${shownColumns(one)}, NULL::uuid AS ${identifier(one.means)} FROM ${identifier(one.source)} s WHERE false`
}

/** Names are told apart by tenant and not by integration: those of one account name what is in another. */
function meanings(one: Description): string {
  const { parent } = one
  const whole = parent ? `JOIN ${identifier(parent.table)} p ON p.id = s.${identifier(parent.column)} AND p.active` : ''
  return `SELECT ${shownColumns(one)}, t.${identifier(one.means)} AS ${identifier(one.means)}
      FROM ${identifier(one.source)} s ${whole}
      JOIN ${identifier(one.in)} t ON t.tenant_id = s.tenant_id AND t.${identifier(one.by)} = s.${identifier(one.name)} AND t.active
      JOIN ${identifier(one.of)} o ON o.id = t.${identifier(one.means)} AND o.active
     WHERE s.active`
}
