import { MillraceError } from '@millrace/core'

/**
 * On whose behalf a transaction runs. Row level security is forced, so this decides which rows exist for it.
 *
 * - `app` sees and writes the rows of one tenant and no others;
 * - `engine` sees the ledger, jobs, runs, steps and workers of all tenants, but no entities, raw records or credentials;
 * - `owner` is the role that connected; it creates tables, and nothing else should use it.
 *
 * `byKey` says that all statements find their rows by an index, so that no whole table is ever to be read.
 */
export type Access =
  | {
      readonly as: 'app'
      readonly tenantId: number
      readonly byKey?: boolean
    }
  | { readonly as: 'engine'; readonly byKey?: boolean }
  | { readonly as: 'owner' }

export const OWNER: Access = { as: 'owner' }
export const ENGINE: Access = { as: 'engine' }

/** Acts for all tenants, and finds rows by index only: whatever takes the next rows of the ledger. */
export const ENGINE_BY_KEY: Access = { as: 'engine', byKey: true }

/** Acts for one tenant. */
export function tenant(tenantId: number): Access {
  return { as: 'app', tenantId }
}

/**
 * Acts for one tenant, and finds rows by key only. The statistics of a table that is being filled for the first time are
 * those of an empty one, which is cheaper to read as a whole: plans made then would read it as a whole at any size.
 */
export function tenantByKey(tenantId: number): Access {
  return { as: 'app', tenantId, byKey: true }
}

/**
 * What is told not to be done counts as very expensive, and expensive statements would be compiled first. There is one good
 * plan for such a statement whatever its parameters are, and finding it anew may cost more than using it.
 */
const BY_KEY = [
  'SET LOCAL enable_seqscan = off',
  'SET LOCAL jit = off',
  'SET LOCAL plan_cache_mode = force_generic_plan',
]

/**
 * Claims: a plan that knows no limit takes a tenth of a table for what it gets, and would read all of it to join that. A nested
 * loop costs what was really found.
 */
const ROW_BY_ROW = ['SET LOCAL enable_hashjoin = off', 'SET LOCAL enable_mergejoin = off']

interface BeginOptions {
  /** What `millrace_now()` answers. @default the database's own clock */
  readonly now?: Date | undefined
  /** The server ends a transaction to which nothing is sent for so long, whole milliseconds. @default the server's own */
  readonly idleLimitMs?: number | undefined
}

/**
 * What opens a transaction, as one simple query and so in one round trip. The tenant is an integer and the time is
 * rendered here, so that nothing from outside is spliced into the text.
 */
export function beginStatement(access: Access, { now, idleLimitMs }: BeginOptions = {}): string {
  const statements = ['BEGIN']
  if (idleLimitMs !== undefined) statements.push(`SET LOCAL idle_in_transaction_session_timeout = ${idleLimitMs}`)
  if (access.as === 'app') {
    if (!Number.isSafeInteger(access.tenantId)) {
      throw new MillraceError('INTERNAL', {
        message: `Failed to open a transaction: ${String(access.tenantId)} is no tenant id. Pass the id of the claimed row.`,
      })
    }
    statements.push('SET LOCAL ROLE millrace_app', `SET LOCAL millrace.tenant = '${access.tenantId}'`)
  }
  if (access.as === 'engine') statements.push('SET LOCAL ROLE millrace_engine')
  if (access.as !== 'owner' && access.byKey) statements.push(...BY_KEY)
  if (access.as === 'engine' && access.byKey) statements.push(...ROW_BY_ROW)
  if (now) statements.push(`SET LOCAL millrace.now = '${now.toISOString()}'`)
  return statements.join('; ')
}
