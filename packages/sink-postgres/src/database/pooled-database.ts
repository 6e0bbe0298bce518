import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { MillraceError } from '@millrace/core'
import type pg from 'pg'
import { type Access, beginStatement } from './access.ts'
import type { Database, Tx } from './database.ts'
import { conflictError, databaseError, isConflict, isStalePlan } from './database-error.ts'
import { RESULT_TYPES } from './result-types.ts'
import { statementNames } from './statement-names.ts'

export interface PooledOptions {
  readonly pool: pg.Pool
  readonly embedded: boolean
  /** Whether statements with parameters are prepared, once per connection. */
  readonly prepare: boolean
  /** Whether connections take the next statement before they answered the last. */
  readonly pipelined: boolean
  /** After so long, the server ends a transaction to which nothing is sent. */
  readonly idleLimitMs?: number
  readonly listen: Database['listen']
  readonly close: () => Promise<void>
  readonly onStatement?: ((sql: string) => Promise<void> | void) | undefined
  readonly now?: (() => Date) | undefined
}

type Send = (text: string, values?: readonly unknown[]) => Promise<pg.QueryResult>

const MAX_TRIES = 6
const RETRY_DELAY_MS = 20

/** A database over a pool of connections; for the embedded one, a pool of one. */
export function pooledDatabase(options: PooledOptions): Database {
  const { pool, prepare } = options
  const names = statementNames()
  // PGlite's bridge takes them for the whole connection only.
  const types = options.embedded ? {} : { types: RESULT_TYPES }
  const inside = new AsyncLocalStorage<{ open: boolean }>()

  async function statement(client: pg.PoolClient, text: string, values?: readonly unknown[]): Promise<pg.QueryResult> {
    const query = values ? { text, values: [...values], ...(prepare && names.of(text)) } : { text }
    const result: pg.QueryResult | pg.QueryResult[] = await client.query({ ...query, ...types })
    return Array.isArray(result) ? result[result.length - 1] : result
  }

  /** Sends a transaction's statements in order: at once where the connection takes several, else one by one. */
  function sender(client: pg.PoolClient): Send {
    const { pipelined, onStatement } = options
    if (pipelined && !onStatement) return (text, values) => statement(client, text, values)
    let ready: Promise<unknown> = Promise.resolve()
    return (text, values) => {
      const allowed = ready.then(() => onStatement?.(text))
      const result = allowed.then(() => statement(client, text, values))
      ready = (pipelined ? allowed : result).catch(() => undefined)
      return result
    }
  }

  async function attempt<T>(access: Access, work: (tx: Tx) => Promise<T>): Promise<T> {
    const begin = beginStatement(access, { now: options.now?.(), idleLimitMs: options.idleLimitMs })
    const client = await pool.connect()
    const send = sender(client)
    const state = { open: true }
    /** What failed first: whatever was sent behind it fails as well, for no reason of its own. */
    let cause: unknown
    const run: Send = async (text, values) => {
      if (!state.open) throw misuse('the transaction has ended', 'Await every statement inside of it.')
      try {
        return await send(text, values)
      } catch (error) {
        cause ??= error
        throw cause
      }
    }
    const tx: Tx = {
      access,
      query: async (text, values) => (await run(text, values)).rows,
      execute: async (text, values) => (await run(text, values)).rowCount ?? 0,
    }
    let committing = false
    let broken: Error | undefined
    const lost = (error: Error): void => {
      broken = error
    }
    client.on('error', lost)
    const begun = run(begin)
    begun.catch(() => undefined)
    try {
      const result = await inside.run(state, () => work(tx))
      await begun
      committing = true
      state.open = false
      const ended = await send('COMMIT')
      // A statement that failed without anybody waiting for it.
      if (ended.command === 'ROLLBACK') throw cause
      return result
    } catch (error) {
      // What was asked for beside the statement that failed must not go on outside of the transaction.
      state.open = false
      const failure = databaseError(error, committing ? 'unknown' : 'rolled back')
      if (failure !== error) broken = error as Error
      else await send('ROLLBACK').catch(lost)
      throw failure
    } finally {
      client.off('error', lost)
      client.release(broken)
    }
  }

  const database: Database = {
    kind: 'postgres',
    embedded: options.embedded,
    async transaction(access, work) {
      if (inside.getStore()?.open) {
        throw misuse('another one is open here, which it would wait for', 'Use the transaction that is open.')
      }
      for (let tries = 1; ; tries++) {
        try {
          return await attempt(access, work)
        } catch (error) {
          if (isStalePlan(error)) names.renew()
          if (!isConflict(error)) throw databaseError(error, 'rolled back')
          if (tries >= MAX_TRIES) throw conflictError(error, tries)
          await sleep(RETRY_DELAY_MS * tries * (0.5 + Math.random()))
        }
      }
    },
    query: (access, text, values) => database.transaction(access, (tx) => tx.query(text, values ?? [])),
    connections: () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    listen: options.listen,
    close: options.close,
  }
  return database
}

function misuse(reason: string, remedy: string): MillraceError {
  return new MillraceError('INTERNAL', { message: `Failed to use a transaction: ${reason}. ${remedy}` })
}
