import { type BridgeRow, defineEntity, type LoadScope, prepareLoad, uuidV5 } from '@millrace/core'
import { vectorBridgeConformance } from '@millrace/core/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { tenant } from '../database/access.ts'
import { ledgerTenants } from '../ledger/testing/ledger-fixture.ts'
import { postgresLoader } from '../loader/postgres-loader.ts'
import { migrate } from '../migrations/migrate.ts'
import { type ScratchDatabase, scratchKinds } from '../testing/scratch-database.ts'
import { postgresVectorBridge } from './vector-bridge.ts'

const issues = defineEntity({
  name: 'blamed_issues',
  key: 'id',
  columns: z.object({ id: z.string(), title: z.string() }),
})

describe.each(scratchKinds(process.env.DATABASE_URL))('the vector bridge on $name', (kind) => {
  let db: ScratchDatabase
  beforeAll(async () => {
    db = await kind.open()
    await migrate(db)
    await postgresLoader(db).prepare([issues])
  })
  afterAll(() => db.close())

  /** Tenants that have nothing yet. */
  const scopes = async (): Promise<readonly [LoadScope, LoadScope]> => {
    const { job, otherTenantJob } = await ledgerTenants(db, [issues])
    return [job, otherTenantJob].map(({ tenantId }) => ({ tenantId, integrationId: 1, runId: 1 })) as [
      LoadScope,
      LoadScope,
    ]
  }
  const row: BridgeRow = {
    key: uuidV5('row'),
    chunk: 0,
    pointId: uuidV5('point'),
    textHash: 'text',
    payloadHash: 'payload',
    rowHash: 'row',
    rowVersion: 1,
    state: 'pending',
  }

  for (const { name, run } of vectorBridgeConformance(async () => ({
    bridge: postgresVectorBridge(db),
    loader: postgresLoader(db),
    scopes: await scopes(),
    close: async () => undefined,
  }))) {
    test(name, run)
  }

  test('keeps why a row could not be embedded, until it is', async () => {
    const bridge = postgresVectorBridge(db)
    const [scope] = await scopes()
    const loader = postgresLoader(db)
    const change = issues.upsert({ id: '1', title: 'one' })
    await loader.load(prepareLoad([change], { scope, sourceSeq: 1, fullSync: false }), undefined)
    const [stored] = (await Array.fromAsync(loader.read(scope, issues))).flat()
    const written = { ...row, key: stored?.key ?? '', rowHash: stored?.hash ?? '' }
    const of = { ...scope, entity: issues, profile: 'hash/8/v1' }
    const read = (): Promise<unknown> => db.query(tenant(scope.tenantId), 'SELECT error, attempts FROM qdrant_vectors')
    await bridge.mark(of, [written], undefined)
    await bridge.blame(of, [written.key], 'Failed to embed')
    expect(await read()).toEqual([{ error: 'Failed to embed', attempts: 1 }])
    await bridge.settle(of, [written], undefined)
    expect(await read()).toEqual([{ error: null, attempts: 0 }])
  })

  test('joins a transaction: what is rolled back was never marked', async () => {
    const bridge = postgresVectorBridge(db)
    const [scope] = await scopes()
    const of = { ...scope, entity: issues, profile: 'hash/8/v1' }
    const broken = db.transaction(tenant(scope.tenantId), async (tx) => {
      await bridge.mark(of, [row], tx)
      throw new Error('rolled back')
    })
    await expect(broken).rejects.toThrow('rolled back')
    expect(await bridge.read(of, [row.key])).toEqual([])
  })
})
