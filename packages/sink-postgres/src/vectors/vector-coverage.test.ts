import { defineEntity, entityId, hashEmbeddings, prepareLoad, profileOf, uuidV5 } from '@millrace/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { tenant } from '../database/access.ts'
import { postgresLoader } from '../loader/postgres-loader.ts'
import { addNotebook, NOTES, type Notebook, newWorld, openMigrated } from '../testing/notebook.ts'
import { type ScratchDatabase, scratchKinds } from '../testing/scratch-database.ts'
import { postgresVectorBridge } from './vector-bridge.ts'
import { vectorCoverage } from './vector-coverage.ts'

const note = (id: string) => ({ id, text: `text of ${id}`, at: 0 })
const profile = profileOf(hashEmbeddings())

describe.each(scratchKinds(process.env.DATABASE_URL))('coverage on $name', (kind) => {
  let db: ScratchDatabase
  let book: Notebook
  let neighbour: Notebook
  beforeAll(async () => {
    db = await openMigrated(kind)
    const world = () => newWorld({ books: { A: [note('a1'), note('a2'), note('a3')], B: [note('b1'), note('b2')] } })
    book = await addNotebook(db, world(), 'the tenant')
    neighbour = await addNotebook(db, world(), 'the neighbour')
    for (const each of [book, neighbour]) await each.run()
  })
  afterAll(() => db.close())

  const coverage = (more: Partial<Parameters<typeof vectorCoverage>[1]> = {}) =>
    vectorCoverage(db, { tenantId: book.tenantId, entities: [NOTES], profile, ...more })
  const keyOf = (id: string) => entityId(book.tenantId, book.integrationId, NOTES.name, id)

  test('after a run every row is embedded, and another model has none', async () => {
    expect(await coverage()).toEqual([
      {
        entity: 'notes',
        integrationId: book.integrationId,
        ...{ rows: 5, embedded: 5, pending: 0, failed: 0, missing: 0, wordless: 0, orphans: 0, chunks: 5 },
        lastEmbeddedAt: expect.any(Date),
        lastError: null,
      },
    ])
    expect(await coverage({ profile: 'other/8/v1' })).toMatchObject([{ rows: 5, embedded: 0, missing: 5, chunks: 0 }])
    expect(await coverage({ integrationId: neighbour.integrationId })).toEqual([])
  })

  test('what is pending, failed, missing and gone is told apart', async () => {
    const scope = { tenantId: book.tenantId, integrationId: book.integrationId, entity: NOTES, profile }
    const bridge = postgresVectorBridge(db)
    const rows = await bridge.read(scope, ['a1', 'a2', 'b1'].map(keyOf))
    const pending = rows.map((row) => ({ ...row, state: 'pending' as const }))
    await bridge.mark(scope, pending, undefined)
    await bridge.blame(scope, [keyOf('a2')], 'too long')
    // A second chunk that is not ready yet makes the whole row pending.
    await bridge.settle(
      scope,
      rows.filter(({ key }) => key === keyOf('b1')),
      undefined,
    )
    const second = rows.filter(({ key }) => key === keyOf('b1'))
    await bridge.mark(
      scope,
      second.map((row) => ({ ...row, chunk: 1, pointId: uuidV5('another'), state: 'pending' as const })),
      undefined,
    )
    const access = tenant(book.tenantId)
    await db.query(access, 'DELETE FROM qdrant_vectors WHERE record_key = $1', [keyOf('a3')])
    await db.query(access, 'UPDATE notes SET active = false WHERE external_id = $1', ['b2'])
    expect(await coverage()).toMatchObject([
      { rows: 4, embedded: 0, pending: 3, failed: 1, missing: 1, orphans: 1, chunks: 2, lastError: 'too long' },
    ])
    expect(await coverage({ tenantId: neighbour.tenantId })).toMatchObject([{ rows: 5, embedded: 5, orphans: 0 }])
  })

  test('an entity that embeds nothing, or was never loaded, is left out', async () => {
    const columns = z.object({ id: z.string() })
    const silent = defineEntity({ name: 'silent', key: 'id', columns })
    const unseen = defineEntity({ name: 'unseen', key: 'id', columns, embed: ({ id }) => id })
    expect(await coverage({ entities: [silent, unseen] })).toEqual([])
  })

  test('rows of a child entity are known by their key as well', async () => {
    const lines = defineEntity({
      name: 'coverage_lines',
      key: ['note_id', 'place'],
      parent: 'note_id',
      references: { note_id: NOTES },
      columns: z.object({ note_id: z.string(), place: z.string() }),
      embed: ({ place }) => place,
    })
    const loader = postgresLoader(db)
    await loader.prepare([lines])
    const scope = { tenantId: book.tenantId, integrationId: book.integrationId, runId: 1 }
    const changes = [lines.replace('a1', [{ note_id: 'a1', place: 'the "first", ä' }])]
    const changed = await loader.load(prepareLoad(changes, { scope, sourceSeq: 9, fullSync: false }), undefined)
    const [key = ''] = changed.flatMap(({ written }) => written)
    const bridged = { tenantId: book.tenantId, integrationId: book.integrationId, entity: lines, profile }
    const row = { key, chunk: 0, pointId: uuidV5(key), textHash: '', payloadHash: '', rowHash: '', rowVersion: 1 }
    await postgresVectorBridge(db).mark(bridged, [{ ...row, state: 'ready' }], undefined)
    expect(await coverage({ entities: [lines] })).toMatchObject([{ rows: 1, embedded: 1, missing: 0, orphans: 0 }])
  })
})
