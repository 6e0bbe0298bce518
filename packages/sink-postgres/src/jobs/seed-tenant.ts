import { ENGINE, OWNER, tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { sqlState } from '../database/database-error.ts'
import { JOB_SEEDS, SEED_JOBS } from '../migrations/job-seeds.ts'

export interface TenantSeed {
  readonly name: string
  /** @default 'free' */
  readonly tier?: 'free' | 'basic' | 'premium' | 'enterprise'
}

const UNIQUE_VIOLATION = '23505'

/**
 * Creates a tenant with the jobs that every tenant has: Jira and GitHub, active, and two that are inactive until their
 * connectors exist. A tenant of that name keeps what it has and gets the jobs that it lacks.
 *
 * @returns the tenant's id
 */
export async function seedTenant(db: Database, seed: TenantSeed): Promise<number> {
  const id = (await findTenant(db, seed.name)) ?? (await createTenant(db, seed))
  await db.transaction(tenant(id), async (tx) => {
    // Of two that seed the same tenant, the second finds the jobs of the first.
    await tx.query('SELECT FROM tenants WHERE id = $1 FOR NO KEY UPDATE', [id])
    await tx.query(SEED_JOBS, [JSON.stringify(JOB_SEEDS), id])
  })
  return id
}

async function findTenant(db: Database, name: string): Promise<number | undefined> {
  const [found] = await db.query<{ id: number }>(ENGINE, 'SELECT id FROM tenants WHERE name = $1', [name])
  return found?.id
}

/** The id is drawn first, because only a transaction of that tenant may write its row. */
async function createTenant(db: Database, seed: TenantSeed): Promise<number> {
  const [drawn] = await db.query<{ id: number }>(
    OWNER,
    `SELECT nextval(pg_get_serial_sequence('tenants', 'id'))::integer AS id`,
  )
  const id = Number(drawn?.id)
  try {
    await db.query(tenant(id), 'INSERT INTO tenants (id, name, tier) VALUES ($1, $2, $3)', [
      id,
      seed.name,
      seed.tier ?? 'free',
    ])
    return id
  } catch (error) {
    const winner = sqlState(error) === UNIQUE_VIOLATION ? await findTenant(db, seed.name) : undefined
    if (winner === undefined) throw error
    return winner
  }
}
