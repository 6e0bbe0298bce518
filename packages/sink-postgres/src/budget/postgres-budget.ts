import { type Budget, type BudgetScope, drawPoints, type Quota } from '@millrace/core'
import { tenant } from '../database/access.ts'
import type { Database, Tx } from '../database/database.ts'

/** Only ever grows. $1 integration · $2 tenant · $3 budget · $4 until */
const BLOCK = `
  INSERT INTO integration_limits AS l (integration_id, tenant_id, budget, blocked_until) VALUES ($1, $2, $3, $4)
  ON CONFLICT (integration_id, budget) DO UPDATE SET
    blocked_until = greatest(l.blocked_until, excluded.blocked_until), updated_at = millrace_now()`

/** $1 integration · $2 tenant · $3 budget · $4 rows that may be leased at once, null for any number */
const LIMIT_CONCURRENCY = `
  INSERT INTO integration_limits (integration_id, tenant_id, budget, concurrency) VALUES ($1, $2, $3, $4)
  ON CONFLICT (integration_id, budget) DO UPDATE SET concurrency = excluded.concurrency, updated_at = millrace_now()`

/** What is past is not there any more. $1 integration · $2 budget */
const READ = `
  SELECT CASE WHEN blocked_until > millrace_now() THEN blocked_until END AS "blockedUntil", concurrency,
    CASE WHEN resets_at > millrace_now() THEN remaining END AS remaining, resets_at AS "resetsAt",
    millrace_now() AS now
  FROM integration_limits WHERE integration_id = $1 AND budget = $2`

/** $1 integration · $2 tenant · $3 budget */
const ENSURE = `
  INSERT INTO integration_limits (integration_id, tenant_id, budget) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`

/** $1 integration · $2 budget · $3 points left · $4 when they are counted anew */
const WRITE_QUOTA = `
  UPDATE integration_limits SET remaining = $3, resets_at = $4, updated_at = millrace_now()
   WHERE integration_id = $1 AND budget = $2`

interface StoredLimits {
  readonly blockedUntil: Date | null
  readonly concurrency: number | null
  readonly remaining: number | null
  readonly resetsAt: Date | null
  readonly now: Date
}

/** What a provider may be asked, shared by all processes through `integration_limits`, which claims of the ledger obey. */
export function postgresBudget(db: Database): Budget {
  const block = (tx: Tx, scope: BudgetScope, until: Date): Promise<number> =>
    tx.execute(BLOCK, [...keyOf(scope), until])
  return {
    async block(scope, until) {
      await db.transaction(tenant(scope.tenantId), (tx) => block(tx, scope, until))
    },
    async limitConcurrency(scope, concurrency) {
      await db.query(tenant(scope.tenantId), LIMIT_CONCURRENCY, [...keyOf(scope), concurrency ?? null])
    },
    draw: (scope, request) =>
      db.transaction(tenant(scope.tenantId), async (tx) => {
        await tx.execute(ENSURE, keyOf(scope))
        // The lock makes draws of all processes follow each other.
        const [stored] = await tx.query<StoredLimits>(`${READ} FOR UPDATE`, [scope.integrationId, scope.budget])
        const now = stored?.now ?? new Date()
        const { granted, quota } = drawPoints(quotaOf(stored), request, now.getTime())
        await tx.execute(WRITE_QUOTA, [scope.integrationId, scope.budget, quota.remaining, quota.resetsAt])
        if (granted === 0) await block(tx, scope, quota.resetsAt)
        return granted
      }),
    async state(scope) {
      const [stored] = await db.query<StoredLimits>(tenant(scope.tenantId), READ, [scope.integrationId, scope.budget])
      return {
        blockedUntil: stored?.blockedUntil ?? undefined,
        concurrency: stored?.concurrency ?? undefined,
        quota: quotaOf(stored),
      }
    },
  }
}

function keyOf({ integrationId, tenantId, budget }: BudgetScope): readonly unknown[] {
  return [integrationId, tenantId, budget]
}

function quotaOf(stored: StoredLimits | undefined): Quota | undefined {
  if (stored?.remaining == null || !stored.resetsAt) return undefined
  return { remaining: stored.remaining, resetsAt: stored.resetsAt }
}
