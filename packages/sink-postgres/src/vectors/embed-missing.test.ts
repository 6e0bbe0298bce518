import {
  type Connector,
  createRuntime,
  type EmbeddingProvider,
  hashEmbeddings,
  memoryVectorStore,
  profileOf,
} from '@millrace/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tenant } from '../database/access.ts'
import { postgresLoader } from '../loader/postgres-loader.ts'
import { addNotebook, NOTES, type Notebook, newWorld, notebook, openMigrated } from '../testing/notebook.ts'
import { type ScratchDatabase, scratchKinds } from '../testing/scratch-database.ts'
import { embedMissing, embedMissingChore } from './embed-missing.ts'
import { reconcileRows } from './reconcile-rows.ts'
import { postgresVectorBridge } from './vector-bridge.ts'
import { vectorCoverage } from './vector-coverage.ts'
import { vectorSources } from './vector-sources.ts'

describe.each(scratchKinds(process.env.DATABASE_URL))('what is missing on $name', (kind) => {
  let db: ScratchDatabase
  let book: Notebook
  let scans = 0
  beforeAll(async () => {
    db = await openMigrated(kind, {
      onStatement: (sql) => {
        if (/FROM "?notes"? t\b/.test(sql)) scans += 1
      },
    })
    const notes = Array.from({ length: 5 }, (_, index) => ({ id: `n${index}`, text: `text ${index}`, at: 0 }))
    book = await addNotebook(db, newWorld({ books: { A: notes } }), 'tenant')
  })
  afterAll(() => db.close())

  test('rows that were loaded without a vectorizer are embedded later, once, and not while a run is under way', async () => {
    const provider = hashEmbeddings()
    const store = memoryVectorStore()
    const vectorizer = { provider, store, bridge: postgresVectorBridge(db) }
    const options = { vectorizer, connectors: [notebook(book.world)] }
    const without = createRuntime({ ...book.ports, connectors: options.connectors })
    await without.start()
    const { runId } = await without.startRun({ tenantId: book.tenantId, jobId: book.jobId })
    await book.watch(without, runId)
    await without.stop()
    const access = tenant(book.tenantId)
    await db.query(access, `UPDATE etl_runs SET state = 'running' WHERE id = $1`, [runId])
    expect(await embedMissing(db, options)).toBe(0)
    await db.query(access, `UPDATE etl_runs SET state = 'finished' WHERE id = $1`, [runId])

    const hourly = embedMissingChore(db, { ...options, everyMs: 3_600_000 })
    await hourly.run(new AbortController().signal)
    const collection = { tenantId: book.tenantId, profile: profileOf(provider), dimensions: provider.dimensions }
    const points = async () => (await Array.fromAsync(store.points(collection))).flat().length
    expect(await points()).toBe(5)
    expect(await embedMissing(db, options)).toBe(0)
    for (const table of ['qdrant_vectors', 'embedding_marks']) await db.query(access, `DELETE FROM ${table}`)
    await hourly.run(new AbortController().signal)
    expect(await db.query(access, 'SELECT FROM qdrant_vectors'), 'it was done less than an hour ago').toEqual([])
  })

  test('rows without a text are read once, until a run writes rows or the template is another one', async () => {
    const provider = hashEmbeddings({ dimensions: 16 })
    const vectorizer = { provider, store: memoryVectorStore(), bridge: postgresVectorBridge(db) }
    const silent = await addNotebook(db, newWorld({ books: { A: [{ id: 'mute', text: '', at: 0 }] } }), 'silent')
    const look = async (connector: Connector = notebook(silent.world)) => {
      scans = 0
      const embedded = await embedMissing(db, { vectorizer, connectors: [connector] })
      return { embedded, scans }
    }
    await silent.run()
    const first = await look()
    expect(first.embedded).toBe(5)
    expect(first.scans).toBeGreaterThan(0)
    expect(await look()).toEqual({ embedded: 0, scans: 0 })
    const coverage = (version = 1) => coverageOf(db, silent, provider, version)
    expect(await coverage()).toEqual({ missing: 0, wordless: 1, embedded: 0 })
    expect(await coverage(2), 'by another template').toEqual({ missing: 1, wordless: 0, embedded: 0 })
    silent.world.books.A = [...(silent.world.books.A ?? []), { id: 'loud', text: 'a text', at: 1 }]
    await silent.run()
    expect(await coverage(), 'nobody has looked yet').toEqual({ missing: 1, wordless: 1, embedded: 0 })
    expect(await look()).toMatchObject({ embedded: 1 })
    expect(await coverage()).toEqual({ missing: 0, wordless: 1, embedded: 1 })
    expect(await look()).toEqual({ embedded: 0, scans: 0 })

    const plain = notebook(silent.world)
    const entities = [{ ...NOTES, embed: { text: ({ text }: { text: string }) => text || 'nothing', version: 2 } }]
    expect(await look({ ...plain, entities })).toMatchObject({ embedded: 1 })
  })

  test('a comparison tells rows without a text apart, once all others have their vectors and no run is under way', async () => {
    const provider = hashEmbeddings({ dimensions: 16 })
    const notes = [
      { id: 'mute', text: '', at: 0 },
      { id: 'loud', text: 'a text', at: 0 },
    ]
    const mixed = await addNotebook(db, newWorld({ books: { A: notes } }), 'mixed')
    await mixed.run()
    const { tenantId } = mixed
    const sources = await vectorSources(db, { tenantId, connectors: [notebook(mixed.world)] })
    const tools = { provider, store: memoryVectorStore(), bridge: postgresVectorBridge(db), loader: postgresLoader(db) }
    const compare = async (repair = false) => {
      await reconcileRows(db, tools, { tenantId, sources, repair })
      return coverageOf(db, mixed, provider)
    }
    expect(await compare()).toEqual({ missing: 2, wordless: 0, embedded: 0 })
    const setState = (state: string) => db.query(tenant(tenantId), 'UPDATE etl_runs SET state = $1', [state])
    await setState('running')
    expect(await compare(true), 'a run is under way').toEqual({ missing: 1, wordless: 0, embedded: 1 })
    await setState('finished')
    expect(await compare()).toEqual({ missing: 0, wordless: 1, embedded: 1 })
  })
})

/** How the rows of a notebook are covered, by its own template in this version. */
async function coverageOf(db: ScratchDatabase, book: Notebook, provider: EmbeddingProvider, version = 1) {
  const text = ({ text: stored }: { readonly text: string }): string => stored
  const entities = [{ ...NOTES, embed: { text, version } }]
  const [found] = await vectorCoverage(db, { tenantId: book.tenantId, entities, profile: profileOf(provider) })
  return found && { missing: found.missing, wordless: found.wordless, embedded: found.embedded }
}
