import { isMillraceError, MillraceError } from '@millrace/core'
import { isConflict, sqlState } from '../database/database-error.ts'

/**
 * A row appeared that was absent a moment ago. It carries the code of a serialization failure, so that whoever owns the
 * transaction runs it again.
 */
export function loadConflict(entity: string, cause?: unknown): Error {
  const message = `a row of ${entity} was inserted by another load at the same time`
  return Object.assign(new Error(message, { cause }), { code: '40001' })
}

/**
 * What writing threw, as a conflict when an insert found its key taken. ON CONFLICT DO NOTHING would tell as well, but has PostgreSQL mark every row as
 * speculative first, at a fifth of the insert's cost.
 */
export function writeError(error: unknown): unknown {
  if (sqlState(error) !== '23505') return error
  return loadConflict((error as { readonly table?: string }).table ?? 'an entity', error)
}

/** Out of memory or disk, cancelled by people, or blocked: the data is not at fault. */
const TRANSIENT = /^(53...|57014|55P03|58...)$/

/** Names what went wrong; conflicts and lost connections go to the owner of the transaction as they are. */
export function loadError(error: unknown, entities: readonly string[]): unknown {
  const state = sqlState(error)
  if (isMillraceError(error) || isConflict(error) || !(error instanceof Error) || state === undefined) return error
  if (/^(08|28|57P)/.test(state)) return error
  return new MillraceError('LOAD_FAILED', {
    message: `Failed to load rows of ${entities.join(', ')}: ${error.message}. The batch was rolled back as a whole.`,
    retryable: TRANSIENT.test(state),
    cause: error,
    context: { sqlState: state, entities },
  })
}
