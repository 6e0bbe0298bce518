import { outboxConformance } from '@millrace/core/testing'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { OWNER } from '../../database/access.ts'
import { migrate } from '../../migrations/migrate.ts'
import { type ScratchDatabase, scratchKinds } from '../../testing/scratch-database.ts'
import { postgresLedger } from '../postgres-ledger.ts'
import { postgresOutbox } from '../postgres-outbox.ts'
import { ledgerTenants } from '../testing/ledger-fixture.ts'

describe.each(scratchKinds(process.env.DATABASE_URL))('the outbox on $name', (kind) => {
  let db: ScratchDatabase
  let now = Date.UTC(2025, 0, 1)

  beforeAll(async () => {
    db = await kind.open({ now: () => new Date(now) })
    await migrate(db)
  })
  afterAll(() => db.close())

  const maxPendingRaw = 3
  const cases = outboxConformance(async () => ({
    ...(await ledgerTenants(db)),
    ledger: postgresLedger(db, { maxPendingRaw }),
    outbox: postgresOutbox(db, { maxPendingRaw }),
    maxPendingRaw,
    setTier: async (tenantId, tier) => {
      await db.query(OWNER, 'UPDATE tenants SET tier = $2 WHERE id = $1', [tenantId, tier])
    },
    advanceTime: (ms) => {
      now += ms
    },
    close: () => undefined,
  }))
  for (const { name, run } of cases) test(name, run)
})
