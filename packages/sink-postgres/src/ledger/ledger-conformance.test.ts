import { ledgerConformance } from '@millrace/core/testing'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { migrate } from '../migrations/migrate.ts'
import { type ScratchDatabase, scratchKinds } from '../testing/scratch-database.ts'
import { postgresLedger } from './postgres-ledger.ts'
import { ledgerTenants } from './testing/ledger-fixture.ts'

describe.each(scratchKinds(process.env.DATABASE_URL))('the ledger on $name', (kind) => {
  let db: ScratchDatabase
  let now = Date.UTC(2025, 0, 1)

  beforeAll(async () => {
    db = await kind.open({ now: () => new Date(now) })
    await migrate(db)
  })
  afterAll(() => db.close())

  const cases = ledgerConformance(async () => ({
    ...(await ledgerTenants(db)),
    ledger: postgresLedger(db),
    advanceTime: (ms) => {
      now += ms
    },
    close: () => undefined,
  }))
  for (const { name, run } of cases) test(name, run)
})
