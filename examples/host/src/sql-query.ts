import { MillraceError } from '@millrace/core'
import { migrate, seedTenant, tenant } from '@millrace/sink-postgres'
import { openExistingStore } from './open-store.ts'
import type { DatabaseChoice } from './options.ts'
import { TENANT } from './tenant.ts'

/**
 * Shows what a statement finds, within the rows of the tenant and without changing anything.
 *
 * @throws INVALID_CONFIG when the statement cannot be run
 * @throws DATABASE_UNAVAILABLE when there is no such database
 */
export async function showQuery(database: DatabaseChoice, sql: string): Promise<void> {
  const db = await openExistingStore(database)
  try {
    await migrate(db)
    const tenantId = await seedTenant(db, TENANT)
    const query = db.transaction(tenant(tenantId), async (tx) => {
      await tx.query('SET TRANSACTION READ ONLY')
      return tx.query(sql)
    })
    console.table(await query.catch(refuse))
  } finally {
    await db.close()
  }
}

function refuse(cause: unknown): never {
  const reason = cause instanceof Error ? cause.message : String(cause)
  throw new MillraceError('INVALID_CONFIG', {
    message: `Failed to run the statement of --sql: ${reason}. Correct it.`,
    cause,
  })
}
