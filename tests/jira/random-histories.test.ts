import { migrate, postgresLoader, seedTenant } from '@millrace/sink-postgres'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { type ScratchDatabase, scratchKinds } from '../../packages/sink-postgres/src/testing/scratch-database.ts'
import { type History, history, live } from './history.ts'

/** Of each kind, the same ones every time. `npm run histories` lives through others. */
const HISTORIES = { numRuns: 2, seed: 1 }
const TIMEOUT_MS = 300_000

describe('after any history', () => {
  const always = (check: (history: History) => Promise<void>): Promise<void> =>
    // One that fails takes seconds, and hundreds of smaller ones are no help to somebody who waits.
    fc.assert(fc.asyncProperty(history, check), { ...HISTORIES, endOnFailure: true })

  it.each(['cloud', 'gateway', 'dataCenter'] as const)(
    'the tables hold what the site holds, whatever changes and goes wrong meanwhile: %s',
    (face) => always((history) => live(history, face)),
    TIMEOUT_MS,
  )

  describe.each(scratchKinds(process.env.DATABASE_URL).slice(-1))('and so do those of a $name', (kind) => {
    let db: ScratchDatabase
    let tenants = 0
    beforeAll(async () => {
      db = await kind.open()
      await migrate(db)
    })
    afterAll(() => db.close())

    it(
      'on Cloud',
      () =>
        always(async (history) => {
          const tenantId = await seedTenant(db, { name: `history ${tenants++}` })
          await live(history, 'cloud', { loader: postgresLoader(db), tenantId })
        }),
      TIMEOUT_MS,
    )
  })
})
