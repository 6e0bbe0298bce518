import { ledgerConformance } from '@millrace/core/testing'
import { afterAll, beforeAll, describe, test } from 'vitest'
import type { Database } from '../database/database.ts'
import { type DatabaseOptions, openDatabase } from '../database/open-database.ts'
import { migrate } from '../migrations/migrate.ts'
import { postgresLedger } from './postgres-ledger.ts'
import { ledgerTenants, temporaryDatabase } from './testing/ledger-fixture.ts'

const serverUrl = process.env.DATABASE_URL

describe('the ledger on an embedded database', () => {
  conformsOn(async (now) => ({ options: { pglite: { dataDir: 'memory://' }, now }, drop: async () => undefined }))
})

describe.skipIf(!serverUrl)('the ledger on a server (DATABASE_URL)', () => {
  conformsOn(async (now) => {
    const { url, drop } = await temporaryDatabase(serverUrl ?? '')
    return { options: { url, now }, drop }
  })
})

function conformsOn(
  make: (now: () => Date) => Promise<{ readonly options: DatabaseOptions; drop(): Promise<void> }>,
): void {
  let db: Database
  let drop: () => Promise<void>
  let now = Date.UTC(2025, 0, 1)

  beforeAll(async () => {
    const made = await make(() => new Date(now))
    drop = made.drop
    db = await openDatabase(made.options)
    await migrate(db)
  })
  afterAll(async () => {
    await db.close()
    await drop()
  })

  const cases = ledgerConformance(async () => ({
    ...(await ledgerTenants(db)),
    ledger: postgresLedger(db),
    advanceTime: (ms) => {
      now += ms
    },
    close: () => undefined,
  }))
  for (const { name, run } of cases) test(name, run)
}
