import { isMillraceError, MillraceError } from '@millrace/core'

/** Whether a statement that failed can be expected to succeed when its transaction is run again. */
export function isConflict(error: unknown): boolean {
  const code = sqlState(error)
  return code === '40P01' || code === '40001' || isStalePlan(error)
}

/**
 * Whether a table was altered after the statement was prepared. There is no code for just this, and messages are translated;
 * the function that complains is not.
 */
export function isStalePlan(error: unknown): boolean {
  return error instanceof Error && 'routine' in error && error.routine === 'RevalidateCachedQuery'
}

/** The five characters with which PostgreSQL names an error, or undefined. */
export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  return SQL_STATE.test(error.code) ? error.code : undefined
}

const SQL_STATE = /^[0-9A-Z]{5}$/

/** A conflict that outlived so many tries. */
export function conflictError(error: unknown, tries: number): MillraceError {
  return new MillraceError('DATABASE_CONFLICT', {
    message: `Failed to commit a transaction: it was in the way of others ${tries} times: ${reasonOf(error)}. It is worth another try later.`,
    cause: error,
    context: { outcome: 'rolled back', sqlState: sqlState(error) },
  })
}

/**
 * Connection failures become DATABASE_UNAVAILABLE; everything else is returned as it came, for the caller to name.
 *
 * The message repeats only what node and the server said, which is never the connection string.
 */
export function databaseError(error: unknown, outcome: 'rolled back' | 'unknown'): unknown {
  if (isMillraceError(error) || !isConnectionFailure(error)) return error
  return new MillraceError('DATABASE_UNAVAILABLE', {
    message: `Failed to reach the database: ${reasonOf(error)}. Check the address, the user and that the server runs.`,
    cause: error,
    context: { outcome },
  })
}

/** connection exceptions, refused authorization, no such database, too many connections, server going down or coming up, a
 * transaction left alone for too long. */
const UNAVAILABLE = /^(08...|25P03|28...|3D000|53300|57P0[1-5])$/
const NETWORK = /^(E[A-Z]+|ERR_SOCKET_[A-Z_]+)$/
const CLIENT_MESSAGES =
  /connection terminated|connection ended|client was closed|timeout exceeded when trying to connect|not queryable|cannot use a pool after/i

function isConnectionFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const state = sqlState(error)
  if (state !== undefined && UNAVAILABLE.test(state)) return true
  if ('code' in error && typeof error.code === 'string' && NETWORK.test(error.code)) return true
  if (error instanceof AggregateError) return error.errors.some(isConnectionFailure)
  return state === undefined && CLIENT_MESSAGES.test(error.message)
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0])
  return error instanceof Error ? error.message : String(error)
}
