import { vector } from '@electric-sql/pglite-pgvector'
import { type Database, openDatabase } from '@millrace/sink-postgres'
import type { DatabaseChoice } from './options.ts'

/** Opens PostgreSQL: on a server, or inside of this process with pgvector at hand. */
export function openStore(choice: DatabaseChoice): Promise<Database> {
  if (choice.kind === 'server') return openDatabase({ url: choice.url })
  const dataDir = choice.kind === 'memory' ? 'memory://' : choice.directory
  return openDatabase({ pglite: { dataDir, extensions: { vector } } })
}

/** Without the user and the password that its URL may hold. */
export function describeStore(choice: DatabaseChoice): string {
  switch (choice.kind) {
    case 'memory':
      return 'an embedded database in memory'
    case 'embedded':
      return `the embedded database in ${choice.directory}`
    case 'server': {
      const { host, pathname } = new URL(choice.url)
      return `database ${pathname.slice(1)} on ${host}`
    }
  }
}
