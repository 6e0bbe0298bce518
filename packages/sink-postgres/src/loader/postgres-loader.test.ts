import { loaderConformance } from '@millrace/core/testing'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { seedTenant } from '../jobs/seed-tenant.ts'
import { migrate } from '../migrations/migrate.ts'
import { type ScratchDatabase, scratchKinds } from '../testing/scratch-database.ts'
import { postgresLoader } from './postgres-loader.ts'

describe.each(scratchKinds(process.env.DATABASE_URL))('the loader on $name', (kind) => {
  let db: ScratchDatabase
  let tests = 0
  beforeAll(async () => {
    db = await kind.open()
    await migrate(db)
  })
  afterAll(() => db.close())

  /** Tests share a database; each has tenants of its own. */
  const scope = async () => ({
    tenantId: await seedTenant(db, { name: `test ${tests++}` }),
    integrationId: 1,
    runId: 1,
  })
  const make = async () => ({
    loader: postgresLoader(db),
    scopes: [await scope(), await scope()] as const,
    close: async () => undefined,
  })
  for (const { name, run } of loaderConformance(make)) test(name, run)
})
