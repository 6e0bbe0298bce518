import { budgetConformance } from '@millrace/core/testing'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { postgresLedger } from '../ledger/postgres-ledger.ts'
import { ledgerTenants } from '../ledger/testing/ledger-fixture.ts'
import { migrate } from '../migrations/migrate.ts'
import { type ScratchDatabase, scratchKinds } from '../testing/scratch-database.ts'
import { postgresBudget } from './postgres-budget.ts'

describe.each(scratchKinds(process.env.DATABASE_URL))('the budget on $name', (kind) => {
  let db: ScratchDatabase
  let now = Date.UTC(2025, 0, 1)

  beforeAll(async () => {
    db = await kind.open({ now: () => new Date(now) })
    await migrate(db)
  })
  afterAll(() => db.close())

  const cases = budgetConformance(async () => ({
    ...(await ledgerTenants(db)),
    budget: postgresBudget(db),
    ledger: postgresLedger(db),
    now: () => now,
    advanceTime: (ms) => {
      now += ms
    },
    close: () => undefined,
  }))
  for (const { name, run } of cases) test(name, run)
})
