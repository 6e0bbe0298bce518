import type { Extensions, PGlite as Lite } from '@electric-sql/pglite'
import { MillraceError } from '@millrace/core'
import pg from 'pg'
import type { Database } from './database.ts'
import { databaseError } from './database-error.ts'
import { lockDirectory } from './directory-lock.ts'
import { pooledDatabase } from './pooled-database.ts'
import { RESULT_TYPES } from './result-types.ts'

export interface EmbeddedOptions {
  /** A directory, created when missing, or 'memory://'. */
  readonly dataDir: string
  /** PGlite extensions by name, for example `{ vector }` of `@electric-sql/pglite-pgvector`. Default: none. */
  readonly extensions?: { readonly [name: string]: unknown }
}

interface Hooks {
  readonly onStatement?: ((sql: string) => Promise<void> | void) | undefined
  readonly now?: (() => Date) | undefined
  /**
   * Whether statements are prepared. A client that fails is replaced while its session goes on, and would meet the names that it
   * left behind: only for databases of tests, whose statements do not lose their connection.
   * @default false
   */
  readonly prepare?: boolean
}

/** PostgreSQL inside of this process (PGlite), behind its node-postgres bridge, on one connection. */
export async function embeddedDatabase(
  options: EmbeddedOptions,
  { prepare = false, ...hooks }: Hooks,
): Promise<Database> {
  const { PGlite, createPgConfig } = await loadPglite()
  const inMemory = options.dataDir.startsWith('memory://')
  const unlock = inMemory ? async () => undefined : await lockDirectory(options.dataDir)
  let lite: Lite
  try {
    const extensions = (options.extensions ?? {}) as Extensions
    lite = await PGlite.create({ dataDir: options.dataDir, extensions })
  } catch (error) {
    await unlock()
    throw new MillraceError('DATABASE_UNAVAILABLE', {
      message: `Failed to open the embedded database ${options.dataDir}: ${reasonOf(error)}. Check the directory, or move it away to start anew.`,
      cause: error,
      retryable: false,
    })
  }
  // The connection is never given up when idle: PGlite has this one only.
  const config = {
    ...createPgConfig(lite),
    max: 1,
    idleTimeoutMillis: 0,
    types: RESULT_TYPES,
  } as unknown as pg.PoolConfig
  const pool = new pg.Pool(config)
  pool.on('error', () => undefined)

  return pooledDatabase({
    ...hooks,
    pool,
    embedded: true,
    prepare,
    pipelined: false,
    async listen(channel, onNotify) {
      // LISTEN takes effect at commit, so it waits for the connection like everybody else.
      const exclusively = async <T>(work: () => Promise<T>): Promise<T> => {
        const client = await pool.connect()
        try {
          return await work()
        } finally {
          client.release()
        }
      }
      try {
        const stop = await exclusively(() => lite.listen(channel, onNotify))
        return async () => {
          await exclusively(() => stop())
        }
      } catch (error) {
        throw databaseError(error, 'rolled back')
      }
    },
    async close() {
      await pool.end()
      await lite.close()
      await unlock()
    },
  })
}

async function loadPglite() {
  try {
    const [{ PGlite }, { createPgConfig }] = await Promise.all([
      import('@electric-sql/pglite'),
      import('@electric-sql/pglite/node-postgres'),
    ])
    return { PGlite, createPgConfig }
  } catch (error) {
    throw new MillraceError('DATABASE_UNAVAILABLE', {
      message:
        'Failed to open an embedded database: @electric-sql/pglite cannot be loaded. Install it, or give the URL of a PostgreSQL server.',
      cause: error,
      retryable: false,
    })
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
