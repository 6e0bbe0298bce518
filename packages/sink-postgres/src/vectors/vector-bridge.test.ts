import {
  type BridgeRow,
  type BridgeScope,
  type Change,
  defineEntity,
  entityId,
  prepareLoad,
  uuidV5,
} from '@millrace/core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { tenant } from '../database/access.ts'
import { ledgerTenants } from '../ledger/testing/ledger-fixture.ts'
import { postgresLoader } from '../loader/postgres-loader.ts'
import { migrate } from '../migrations/migrate.ts'
import { type ScratchDatabase, scratchKinds } from '../testing/scratch-database.ts'
import { postgresVectorBridge } from './vector-bridge.ts'

const issues = defineEntity({
  name: 'bridge_issues',
  key: 'id',
  columns: z.object({ id: z.string(), title: z.string() }),
})
const comments = defineEntity({
  name: 'bridge_comments',
  key: ['issue', 'position'],
  parent: 'issue',
  references: { issue: issues },
  columns: z.object({ issue: z.string(), position: z.int(), text: z.string() }),
})

describe.each(scratchKinds(process.env.DATABASE_URL))('the vector bridge on $name', (kind) => {
  let db: ScratchDatabase
  let scope: BridgeScope
  let otherScope: BridgeScope
  beforeAll(async () => {
    db = await kind.open()
    await migrate(db)
    await postgresLoader(db).prepare([issues, comments])
  })
  afterAll(() => db.close())
  beforeEach(async () => {
    const { job, otherTenantJob } = await ledgerTenants(db, [issues, comments])
    scope = { tenantId: job.tenantId, integrationId: 1, entity: issues, profile: 'hash/8/v1' }
    otherScope = { ...scope, tenantId: otherTenantJob.tenantId }
  })

  const keyOf = (id: string): string => entityId(scope.tenantId, scope.integrationId, issues.name, id)
  const bridgeRow = (key: string, more: Partial<BridgeRow> = {}): BridgeRow => ({
    key,
    chunk: 0,
    pointId: uuidV5(`point of ${key}`),
    textHash: 'text',
    payloadHash: 'payload',
    rowHash: 'row',
    rowVersion: 1,
    state: 'ready',
    ...more,
  })
  /** Loads, and gives key and hash of the row that is in the table then. */
  const load = async (change: Change, sourceSeq = 1): Promise<{ readonly key: string; readonly hash: string }> => {
    const loader = postgresLoader(db)
    await loader.load(prepareLoad([change], { scope: { ...scope, runId: 1 }, sourceSeq, fullSync: false }), undefined)
    const [row] = (await Array.fromAsync(loader.read(scope, change.entity))).flat()
    return { key: row?.key ?? '', hash: row?.hash ?? '' }
  }

  test('remembers what is being written, chunk by chunk, in order', async () => {
    const bridge = postgresVectorBridge(db)
    const rows = ['b', 'a'].flatMap((key) => [1, 0].map((chunk) => bridgeRow(key, { chunk, state: 'pending' })))
    await bridge.mark(scope, rows, undefined)
    expect(await bridge.read(scope, ['a', 'b', 'c'])).toEqual([rows[3], rows[2], rows[1], rows[0]])
  })

  test('keeps tenants and profiles apart', async () => {
    const bridge = postgresVectorBridge(db)
    await bridge.mark(scope, [bridgeRow('a')], undefined)
    expect(await bridge.read(otherScope, ['a'])).toEqual([])
    expect(await bridge.read({ ...scope, profile: 'hash/8/v2' }, ['a'])).toEqual([])
    await bridge.mark(otherScope, [bridgeRow('a', { textHash: 'theirs' })], undefined)
    expect(await bridge.read(scope, ['a'])).toEqual([bridgeRow('a')])
  })

  test('settles rows that are still as they were embedded, and returns the others for a follow-up', async () => {
    const bridge = postgresVectorBridge(db)
    const { key, hash } = await load(issues.upsert({ id: '1', title: 'one' }))
    const pending = bridgeRow(key, { rowHash: hash, state: 'pending' })
    await bridge.mark(scope, [pending], undefined)
    expect(await bridge.settle(scope, [pending], undefined)).toEqual([])
    expect(await bridge.read(scope, [key])).toEqual([{ ...pending, state: 'ready' }])

    const older = bridgeRow(key, { rowHash: 'older', state: 'pending' })
    const vanished = bridgeRow(keyOf('2'), { state: 'pending' })
    await bridge.mark(scope, [older, vanished], undefined)
    expect((await bridge.settle(scope, [older, vanished], undefined)).toSorted()).toEqual(
      [key, vanished.key].toSorted(),
    )
    expect((await bridge.read(scope, [key, vanished.key])).map(({ state }) => state)).toEqual(['pending', 'pending'])
  })

  test('forgets removed rows, unless they live again', async () => {
    const bridge = postgresVectorBridge(db)
    const back = (await load(issues.upsert({ id: '1', title: 'one' }))).key
    const gone = keyOf('2')
    const rows = [back, gone].map((key) => bridgeRow(key, { state: 'deleting', rowHash: '' }))
    await bridge.mark(scope, rows, undefined)
    expect(await bridge.settle(scope, rows, undefined)).toEqual([back])
    expect(await bridge.read(scope, [back, gone])).toEqual([bridgeRow(back, { state: 'deleting', rowHash: '' })])
  })

  test('a row that went away becomes a follow-up, although its tombstone is still stored', async () => {
    const bridge = postgresVectorBridge(db)
    const { key, hash } = await load(issues.upsert({ id: '1', title: 'one' }))
    await load(issues.delete('1'), 2)
    const written = bridgeRow(key, { rowHash: hash })
    expect(await bridge.settle(scope, [written], undefined)).toEqual([key])
    // Whoever removed the row's point forgot it; this one was written after that, and must be found.
    expect(await bridge.read(scope, [key])).toEqual([{ ...written, state: 'pending' }])
  })

  test('a point that was written while another worker removed it is not forgotten with the removal', async () => {
    const bridge = postgresVectorBridge(db)
    const { key, hash } = await load(issues.upsert({ id: '1', title: 'one' }))
    const written = bridgeRow(key, { rowHash: hash, state: 'pending' })
    await bridge.mark(scope, [written], undefined)
    await load(issues.delete('1'), 2)
    const removed = bridgeRow(key, { rowHash: '', state: 'deleting' })
    await bridge.mark(scope, [removed], undefined)
    expect(await bridge.settle(scope, [written], undefined)).toEqual([key])
    await bridge.settle(scope, [removed], undefined)
    expect((await bridge.read(scope, [key])).map(({ state }) => state)).toEqual(['pending'])
  })

  test('what somebody else called ready in the meantime is doubted when the row has changed or lives again', async () => {
    const bridge = postgresVectorBridge(db)
    const { key, hash } = await load(issues.upsert({ id: '1', title: 'one' }))
    const ready = bridgeRow(key, { rowHash: hash })
    const late = [
      bridgeRow(key, { rowHash: 'older', state: 'pending' }),
      bridgeRow(key, { rowHash: '', state: 'deleting' }),
    ] as const
    for (const row of late) {
      await bridge.mark(scope, [row], undefined)
      await bridge.mark(scope, [ready], undefined)
      await bridge.settle(scope, [ready], undefined)
      expect(await bridge.settle(scope, [row], undefined)).toEqual([key])
      expect(await bridge.read(scope, [key])).toEqual([{ ...ready, state: 'pending' }])
    }
  })

  test('forgets the chunks that a shorter text no longer has, while the row lives', async () => {
    const bridge = postgresVectorBridge(db)
    const { key, hash } = await load(issues.upsert({ id: '1', title: 'short' }))
    const rows = [0, 1].map((chunk) => bridgeRow(key, { chunk, rowHash: hash }))
    const [kept = bridgeRow(key), tail = bridgeRow(key)] = rows
    await bridge.mark(scope, [kept, { ...tail, state: 'deleting' }], undefined)
    expect(await bridge.settle(scope, [kept, { ...tail, state: 'deleting' }], undefined)).toEqual([])
    expect(await bridge.read(scope, [key])).toEqual([kept])
  })

  test('lists everything in order, the chunks of a row together', async () => {
    const bridge = postgresVectorBridge(db)
    const keys = Array.from({ length: 501 }, (_, index) => keyOf(String(index))).sort()
    const rows = keys.flatMap((key) => [0, 1].map((chunk) => bridgeRow(key, { chunk })))
    await bridge.mark(scope, rows, undefined)
    expect((await Array.fromAsync(bridge.list(scope))).map((page) => page.length)).toEqual([1000, 2])
    expect((await Array.fromAsync(bridge.list(scope))).flat()).toEqual(rows)
  })

  test('keeps why a row could not be embedded, until it is', async () => {
    const bridge = postgresVectorBridge(db)
    const { key, hash } = await load(issues.upsert({ id: '1', title: 'one' }))
    const row = bridgeRow(key, { rowHash: hash, state: 'pending' })
    const read = (): Promise<unknown> => db.query(tenant(scope.tenantId), 'SELECT error, attempts FROM qdrant_vectors')
    await bridge.mark(scope, [row], undefined)
    await bridge.blame(scope, [key], 'Failed to embed')
    expect(await read()).toEqual([{ error: 'Failed to embed', attempts: 1 }])
    await bridge.settle(scope, [row], undefined)
    expect(await read()).toEqual([{ error: null, attempts: 0 }])
  })

  test('finds rows of child entities by their natural key', async () => {
    const bridge = postgresVectorBridge(db)
    const { key, hash } = await load(comments.upsert({ issue: '1', position: 7, text: 'hello' }))
    const child = { ...scope, entity: comments }
    expect(await bridge.settle(child, [bridgeRow(key, { rowHash: hash })], undefined)).toEqual([])
    expect(await bridge.settle(child, [bridgeRow(key, { rowHash: 'unsaid' })], undefined)).toEqual([key])
  })

  test('joins a transaction: what is rolled back was never marked', async () => {
    const bridge = postgresVectorBridge(db)
    const broken = db.transaction(tenant(scope.tenantId), async (tx) => {
      await bridge.mark(scope, [bridgeRow('a')], tx)
      throw new Error('rolled back')
    })
    await expect(broken).rejects.toThrow('rolled back')
    expect(await bridge.read(scope, ['a'])).toEqual([])
  })
})
