import type { ErrorCode } from '../errors/error-table.ts'

/**
 * Errors of units whose cursor leads nowhere: the provider does not know the place, or leads round in circles from it. Adopted by
 * a later run, such a unit begins at its start. For ledgers.
 */
export const LOST_PLACE: readonly ErrorCode[] = ['CURSOR_LOOP', 'PAGES_UNSTABLE']
