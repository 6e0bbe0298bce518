import pg from 'pg'
import type { Database } from './database.ts'
import { databaseError } from './database-error.ts'
import { type EmbeddedOptions, embeddedDatabase } from './embedded-database.ts'
import { GatheringSocket } from './gathering-socket.ts'
import { pooledDatabase } from './pooled-database.ts'
import { serverListener } from './server-listener.ts'

export type DatabaseOptions = (
  | {
      /** postgres://user:password@host:port/database */
      readonly url: string
      /** @default 10 */
      readonly maxConnections?: number
      /**
       * Whether connections prepare statements. Turn it off behind a pooler that hands each transaction another connection
       * and knows nothing of prepared statements, such as PgBouncer before 1.21.
       * @default true
       */
      readonly prepare?: boolean
      /**
       * A process that freezes in the middle of a transaction would keep its locks from everybody: the server ends a
       * transaction to which nothing is sent for so long, in milliseconds.
       * @default 30_000
       */
      readonly idleLimitMs?: number
    }
  /**
   * A pool of the caller's; closing the database leaves it open. Nothing is prepared on its connections. With `pipeline: true`
   * they are sent statements before they answered the last.
   */
  | { readonly pool: pg.Pool }
  | { readonly pglite: EmbeddedOptions }
) & {
  /** Called before every statement; tests hold statements back with it, or keep a log of them. */
  readonly onStatement?: (sql: string) => Promise<void> | void
  /** What `millrace_now()` answers. Default: the database's own clock. */
  readonly now?: () => Date
}

/** A server that does not answer at all would keep its callers waiting for minutes. */
const CONNECT_TIMEOUT_MS = 10_000
/** With the time after which a worker counts as gone, less than the minute in which its rows are taken over. */
const IDLE_LIMIT_MS = 30_000

/**
 * Opens PostgreSQL: a server by URL or pool, or embedded in this process. Tables are made by `migrate`.
 *
 * @throws DATABASE_UNAVAILABLE when it cannot be reached, or another process has the embedded one open
 * @example
 * const db = await openDatabase({ pglite: { dataDir: './data' } })
 * await migrate(db)
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const hooks = { onStatement: options.onStatement, now: options.now }
  if ('pglite' in options) return embeddedDatabase(options.pglite, hooks)

  const own = 'url' in options
  const pool = own
    ? new pg.Pool({
        connectionString: options.url,
        max: options.maxConnections ?? 10,
        application_name: 'millrace',
        keepAlive: true,
        pipeline: true,
        stream: () => new GatheringSocket(),
        connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      })
    : options.pool
  if (own) survive(pool)
  const listener = serverListener(own ? { connectionString: options.url } : pool.options)
  const close = async (): Promise<void> => {
    await listener.close()
    if (own) await pool.end()
  }
  try {
    const client = await pool.connect()
    client.release()
  } catch (error) {
    await close()
    throw databaseError(error, 'rolled back')
  }
  const prepare = own && (options.prepare ?? true)
  const pipelined = pool.options.pipeline === true
  const idleLimit = own && { idleLimitMs: options.idleLimitMs ?? IDLE_LIMIT_MS }
  const { listen } = listener
  return pooledDatabase({ ...hooks, ...idleLimit, pool, prepare, pipelined, embedded: false, listen, close })
}

/**
 * A connection that is lost while idle is replaced, and one that is lost while it closes is not needed; without a
 * listener, either would end the process.
 */
function survive(pool: pg.Pool): void {
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
}
