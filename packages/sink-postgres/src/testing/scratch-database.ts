import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type { Database } from '../database/database.ts'
import { type DatabaseOptions, openDatabase } from '../database/open-database.ts'

type Hooks = Pick<DatabaseOptions, 'onStatement' | 'now'>

/** A kind of database that tests run on. */
export interface ScratchKind {
  readonly name: 'PGlite' | 'PostgreSQL server'
  /** An empty database of its own, gone when closed. */
  open(hooks?: Hooks): Promise<ScratchDatabase>
}

export interface ScratchDatabase extends Database {
  /** Another connection to the same database; only a server has any. */
  again(hooks?: Hooks & { readonly idleLimitMs?: number }): Promise<Database>
}

const embedded: ScratchKind = {
  name: 'PGlite',
  async open(hooks = {}) {
    const db = await openDatabase({ pglite: { dataDir: 'memory://' }, ...hooks })
    return { ...db, again: () => Promise.reject(new Error('PGlite has one connection only')) }
  },
}

/** Databases on the server that a URL of one of its databases names. */
export function scratchServer(url: string): ScratchKind {
  return {
    name: 'PostgreSQL server',
    async open(hooks = {}) {
      const name = `millrace_test_${randomBytes(6).toString('hex')}`
      await administer(url, `CREATE DATABASE ${name}`)
      const own = new URL(url)
      own.pathname = `/${name}`
      const open = (more: Hooks): Promise<Database> => openDatabase({ url: own.href, ...more })
      const db = await open(hooks)
      const others: Database[] = []
      return {
        ...db,
        async again(more = {}) {
          const other = await open(more)
          others.push(other)
          return other
        },
        async close() {
          for (const other of others) await other.close()
          await db.close()
          await administer(url, `DROP DATABASE ${name} WITH (FORCE)`)
        },
      }
    },
  }
}

async function administer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

/** Every kind that is at hand: PGlite always, a server when its URL is given. */
export function scratchKinds(serverUrl: string | undefined): readonly ScratchKind[] {
  return serverUrl ? [embedded, scratchServer(serverUrl)] : [embedded]
}
