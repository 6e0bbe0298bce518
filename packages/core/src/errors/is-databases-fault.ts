import { isMillraceError } from './millrace-error.ts'

/** Whether the reason is the database and not what was asked of it: it is away, or others are in each other's way there. */
export function isDatabasesFault(error: unknown): boolean {
  return isMillraceError(error) && (error.code === 'DATABASE_UNAVAILABLE' || error.code === 'DATABASE_CONFLICT')
}
