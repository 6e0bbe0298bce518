import type { Tx } from '../database/database.ts'
import { identifier } from '../database/identifier.ts'

/**
 * Creates a table, or adds the columns that an existing one lacks: databases of the older product already have some of
 * our tables, in their own shape and with data.
 */
export async function ensureTable(tx: Tx, table: string, columns: { readonly [name: string]: string }): Promise<void> {
  const added = Object.entries(columns).map(
    ([name, definition]) => `ADD COLUMN IF NOT EXISTS ${identifier(name)} ${definition}`,
  )
  await tx.query(`
    CREATE TABLE IF NOT EXISTS ${identifier(table)} ();
    ALTER TABLE ${identifier(table)} ${added.join(', ')};`)
}
