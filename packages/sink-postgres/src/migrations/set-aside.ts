import type { Tx } from '../database/database.ts'
import { identifier } from '../database/identifier.ts'
import { tenantTable } from './tenant-table.ts'

/**
 * Renames a table that an older product left under a name of ours, with its rows, and closes it to other tenants. Those
 * tables hold work in progress of workers that no longer exist; nothing in them can be continued.
 */
export async function setAside(tx: Tx, table: string, suffix: string): Promise<void> {
  const [found] = await tx.query<{ exists: boolean }>('SELECT to_regclass($1) IS NOT NULL AS exists', [table])
  if (!found?.exists) return
  await tx.query(`ALTER TABLE ${identifier(table)} RENAME TO ${identifier(table + suffix)}`)
  await tenantTable(tx, table + suffix, { engine: false })
}

/** Gives a table that was set aside its name back, if there is one. */
export async function giveBack(tx: Tx, table: string, suffix: string): Promise<void> {
  await tx.query(`ALTER TABLE IF EXISTS ${identifier(table + suffix)} RENAME TO ${identifier(table)}`)
}
