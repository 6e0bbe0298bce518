import { writeSync } from 'node:fs'
import { OWNER } from '../database/access.ts'
import { openDatabase } from '../database/open-database.ts'

/**
 * A program to be killed: commits numbers to the embedded database in the directory of its first argument, from the
 * second one on, and writes each to standard output once its commit is acknowledged.
 */
const [dataDir = '', first = '1'] = process.argv.slice(2)
const db = await openDatabase({ pglite: { dataDir } })
await db.query(OWNER, 'CREATE TABLE IF NOT EXISTS numbers (number integer PRIMARY KEY, filler text)')
for (let number = Number(first); ; number++) {
  await db.transaction(OWNER, async (tx) => {
    await tx.execute(`INSERT INTO numbers VALUES ($1, repeat('x', 2000))`, [number])
    await tx.execute(`UPDATE numbers SET filler = repeat('y', 2000) WHERE number = $1`, [number - 1])
  })
  writeSync(1, `${number}\n`)
}
