import { setTimeout as delay } from 'node:timers/promises'
import { isMillraceError, type Logger } from '@millrace/core'
import { assertSchema, type Database, migrate, migrationStatus, openDatabase } from '@millrace/sink-postgres'

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 15_000

export interface Patience {
  readonly log: Logger
  /** Ends the waiting. */
  readonly signal: AbortSignal
}

/**
 * Does something that needs the database, as often as it takes: the database may start after this process, or be away just
 * now. Waiting has no bound, because a supervisor that starts the process again would wait as well; every try is logged, and
 * readiness says no meanwhile.
 *
 * @throws what is not about the database being away; the signal's reason when that is aborted
 */
export async function patiently<T>(doing: string, { log, signal }: Patience, task: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    signal.throwIfAborted()
    try {
      return await task()
    } catch (error) {
      if (!isMillraceError(error) || error.code !== 'DATABASE_UNAVAILABLE') throw error
      const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries)
      log.warn({ code: error.code, tries: tries + 1, pauseMs }, `Waiting to ${doing}. ${error.message}`)
      await delay(pauseMs, undefined, { signal })
    }
  }
}

/** Opens the database as soon as it is there. */
export function openPatiently(
  options: { readonly url: string; readonly maxConnections: number },
  patience: Patience,
): Promise<Database> {
  return patiently('open the database', patience, () => openDatabase(options))
}

/**
 * Resolves when the schema fits this program: at once, after migrating, or when somebody else has migrated.
 *
 * @throws SCHEMA_MISMATCH when the schema is newer than the program
 */
export async function waitForSchema(db: Database, migrates: boolean, patience: Patience): Promise<void> {
  const { log, signal } = patience
  if (migrates) {
    const applied = await patiently('migrate', patience, () => migrate(db))
    if (applied.length > 0) log.info({ versions: applied }, 'Migrated the database.')
  }
  for (;;) {
    const missing = await patiently('read the schema', patience, () => missingMigrations(db))
    if (missing === 0) break
    log.warn({ missing }, 'Waiting for migrations: run them, or start one process with --migrate.')
    await delay(FIRST_PAUSE_MS * 4, undefined, { signal })
  }
  await patiently('read the schema', patience, () => assertSchema(db))
}

async function missingMigrations(db: Database): Promise<number> {
  const status = await migrationStatus(db)
  return status.filter(({ appliedAt }) => appliedAt === null).length
}
