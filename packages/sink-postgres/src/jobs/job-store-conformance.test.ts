import { randomBytes } from 'node:crypto'
import { jobStoreConformance } from '@millrace/core/testing'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { OWNER } from '../database/access.ts'
import { postgresLedger } from '../ledger/postgres-ledger.ts'
import { ledgerTenants } from '../ledger/testing/ledger-fixture.ts'
import { migrate } from '../migrations/migrate.ts'
import { type ScratchDatabase, scratchKinds } from '../testing/scratch-database.ts'
import { postgresJobStore } from './postgres-job-store.ts'
import { secretsFromKey } from './secrets.ts'
import { setJobActive } from './switch-jobs.ts'

describe.each(scratchKinds(process.env.DATABASE_URL))('the schedule on $name', (kind) => {
  let db: ScratchDatabase
  let now = Date.UTC(2025, 0, 1)

  beforeAll(async () => {
    db = await kind.open({ now: () => new Date(now) })
    await migrate(db)
  })
  afterAll(() => db.close())

  const secrets = secretsFromKey({ id: 'test', key: randomBytes(32) })
  const cases = jobStoreConformance(async () => {
    const tenants = await ledgerTenants(db)
    await db.query(OWNER, 'UPDATE etl_jobs SET next_run_at = millrace_now()')
    return {
      ...tenants,
      jobStore: postgresJobStore(db, { secrets }),
      ledger: postgresLedger(db),
      setJobActive: async (job, active) => {
        await setJobActive(db, { ...job, active, connectors: ['tracker'] })
      },
      advanceTime: (ms) => {
        now += ms
      },
      close: () => undefined,
    }
  })
  for (const { name, run } of cases) test(name, run)
})
