import {
  type EmbeddingProvider,
  hashEmbeddings,
  openEmbeddings,
  parseEmbeddingSettings,
  profileOf,
  reconcileVectors,
  search,
} from '@millrace/core'
import { incarnation, seededRandom } from '@millrace/core/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { tenant } from '../database/access.ts'
import { secretsFromKey } from '../jobs/secrets.ts'
import { postgresLoader } from '../loader/postgres-loader.ts'
import { addNotebook, NOTES, type Notebook, newWorld, openMigrated } from '../testing/notebook.ts'
import { type ScratchDatabase, scratchKinds } from '../testing/scratch-database.ts'
import { postgresVectorBridge } from '../vectors/vector-bridge.ts'
import { changeModel, type ModelChangeProgress, rollBackModel } from './change-model.ts'
import { forgetModel } from './forget-model.ts'
import { modelCoverage } from './model-coverage.ts'
import type { ModelChoice } from './stored-models.ts'
import { readTenantModels } from './tenant-models.ts'

const note = (id: string, text = `text of ${id}`, at = 0) => ({ id, text, at })
const before = parseEmbeddingSettings({ provider: 'hash', dimensions: 256 })
const wanted = parseEmbeddingSettings({ provider: 'hash', dimensions: 64 })
const older = profileOf(hashEmbeddings())
const newer = profileOf(hashEmbeddings({ dimensions: 64 }))
const AGREED = { missing: 0, stale: 0, orphans: 0, failed: [], refused: false }

describe.each(scratchKinds(process.env.DATABASE_URL))('a change of model on $name', (kind) => {
  const secrets = secretsFromKey({ id: 'k', key: new Uint8Array(32) })
  let db: ScratchDatabase
  let book: Notebook
  let tests = 0
  beforeAll(async () => {
    db = await openMigrated(kind)
  })
  beforeEach(async () => {
    const notes = Array.from({ length: 20 }, (_, index) => note(`n${index}`))
    book = await addNotebook(db, newWorld({ books: { A: notes } }), `tenant ${tests++}`)
    await book.run()
  })
  afterAll(() => db.close())

  const open = ({ settings }: ModelChoice): EmbeddingProvider => openEmbeddings(settings)
  const request = () => ({
    tenantId: book.tenantId,
    secrets,
    actor: 'ada',
    open,
    tools: { store: book.vectors, bridge: postgresVectorBridge(db), loader: postgresLoader(db) },
    sources: [{ integrationId: book.integrationId, sourceType: 'NOTEBOOK', entities: [NOTES] }],
    settings: wanted,
    before,
  })
  const models = async (): Promise<readonly EmbeddingProvider[] | undefined> => {
    const found = await readTenantModels(db, { tenantId: book.tenantId, secrets: async () => secrets })
    return found && [found.current, ...(found.also ? [found.also] : [])].map(open)
  }
  const vectorizer = () => ({
    provider: hashEmbeddings(),
    modelsOf: models,
    store: book.vectors,
    bridge: postgresVectorBridge(db),
  })
  const find = async (query: string) => {
    const providers = [...((await models()) ?? []), hashEmbeddings()]
    return search({ store: book.vectors, providers }, { tenantId: book.tenantId, query })
  }
  const report = async (dimensions: number) =>
    reconcileVectors({ ...request().tools, provider: hashEmbeddings({ dimensions }) }, request())
  /** A process that works with whatever models are named, and a run of it. */
  const runOnce = async (): Promise<void> => {
    const runtime = book.runtime({ vectorizer: vectorizer() })
    await runtime.start()
    const { runId } = await runtime.startRun({ tenantId: book.tenantId, jobId: book.jobId })
    await book.watch(runtime, runId)
    await runtime.stop()
  }

  test('the new model serves, the old one is kept up to date, and going back takes no embedding', async () => {
    const told: ModelChangeProgress[] = []
    const onProgress = (progress: ModelChangeProgress) => told.push(progress)
    const built = { rows: 20, embedded: 20 }
    expect(await changeModel(db, { ...request(), onProgress })).toEqual({ profile: newer, before: older, ...built })
    expect(told).toEqual([
      { phase: 'build', of: 20, rows: 0, embedded: 0 },
      ...['build', 'serve', 'done'].map((phase) => ({ phase, of: 20, ...built })),
    ])
    const all = { rows: 20, embedded: 20, pending: 0, failed: 0, missing: 0, wordless: 0 }
    expect(await modelCoverage(db, { tenantId: book.tenantId, entities: [NOTES] })).toEqual([
      { profile: newer, role: 'current', ...all },
      { profile: older, role: 'also', ...all },
    ])
    expect(await find('n7')).toMatchObject({ profile: newer })
    book.world.books.A = [...(book.world.books.A ?? []), note('later', 'something quite different')]
    await runOnce()
    for (const dimensions of [256, 64])
      expect(await report(dimensions)).toMatchObject({ rows: 21, points: 21, ...AGREED })
    expect(await changeModel(db, request())).toMatchObject({ profile: newer, before: newer, embedded: 0 })

    expect(await rollBackModel(db, request())).toEqual({ profile: older })
    expect((await find('something different')).hits[0]?.text).toBe('something quite different')
    expect((await find('anything')).profile).toBe(older)
    const audit = await db.query(tenant(book.tenantId), 'SELECT actor, action FROM audit_log ORDER BY id')
    expect(audit).toEqual([
      { actor: 'ada', action: 'vectors.change' },
      { actor: 'ada', action: 'vectors.roll-back' },
    ])
  })

  test('a model that is not needed any more goes with its points, and the one that serves stays', async () => {
    await changeModel(db, request())
    const other = parseEmbeddingSettings({ provider: 'hash', dimensions: 32 })
    await expect(changeModel(db, { ...request(), settings: other })).rejects.toThrow(/Forget it first/)
    const options = { tenantId: book.tenantId, secrets, store: book.vectors }
    expect(await forgetModel(db, options)).toEqual([older])
    expect(await forgetModel(db, options)).toEqual([])
    expect((await find('n7')).hits).toHaveLength(10)
    await expect(rollBackModel(db, request())).rejects.toThrow(/none is kept/)
    const profiles = await db.query(tenant(book.tenantId), 'SELECT DISTINCT profile FROM qdrant_vectors')
    expect(profiles).toEqual([{ profile: newer }])
    expect(await changeModel(db, { ...request(), settings: other })).toMatchObject({ embedded: 20 })
  })

  test('of two processes that change it at once, the second finds it done, and does not change it back', async () => {
    const both = Promise.withResolvers<void>()
    let built = 0
    const changing = () => {
      const { tools, ...rest } = request()
      const serve: typeof tools.store.serve = async (collection) => {
        built += 1
        if (built === 2) both.resolve()
        await both.promise
        await tools.store.serve(collection)
      }
      return changeModel(db, { ...rest, tools: { ...tools, store: { ...tools.store, serve } } })
    }
    for (const { profile } of await Promise.all([changing(), changing()])) expect(profile).toBe(newer)
    expect((await models())?.map(profileOf)).toEqual([newer, older])
    const audit = await db.query(tenant(book.tenantId), 'SELECT action FROM audit_log')
    expect(audit).toEqual([{ action: 'vectors.change' }])
  })

  test('forgetting after a change that was killed once the new model served leaves that one, and it is searched', async () => {
    const { tools, ...rest } = request()
    const life = incarnation((call) => (call === 'store.serve' ? 'crash-after' : 'go'))
    const mortal = { ...rest, tools: { ...tools, store: life.wrap('store', tools.store) } }
    await Promise.race([changeModel(db, mortal), life.died])
    expect(await book.vectors.serving(book.tenantId)).toBe(newer)
    const options = { tenantId: book.tenantId, secrets, store: book.vectors }
    expect(await forgetModel(db, options)).toEqual([older])
    expect((await models())?.map(profileOf)).toEqual([newer])
    expect(await find('n7')).toMatchObject({ profile: newer })
    book.world.books.A = [...(book.world.books.A ?? []), note('later')]
    await runOnce()
    expect(await report(64)).toMatchObject({ rows: 21, points: 21, ...AGREED })
  })

  test('killed anywhere while a run writes, nothing is missing at the end and a search is never empty', async () => {
    let deaths = 0
    for (let seed = 1; seed <= 3; seed += 1) {
      const notes = Array.from({ length: 20 }, (_, index) => note(`n${index}`))
      book = await addNotebook(db, newWorld({ books: { A: notes } }), `tenant ${tests++}`)
      await book.run()
      const random = seededRandom(seed)
      const searches = async () => expect((await find('text')).hits.length, `seed ${seed}`).toBeGreaterThan(0)
      let version = 0
      const writing = (async () => {
        for (let round = 0; round < 4; round += 1) {
          const changed = `n${Math.floor(random.next() * 20)}`
          version += 1
          book.world.books.A = [
            ...(book.world.books.A ?? []).map((each) =>
              each.id === changed ? note(changed, `version${version} of ${changed}`, version) : each,
            ),
            note(`more${version}`),
          ]
          await runOnce()
          await searches()
        }
      })()
      const changing = (async () => {
        for (;;) {
          const life = incarnation(() =>
            random.next() < 0.2 ? (random.next() < 0.5 ? 'crash-before' : 'crash-after') : 'go',
          )
          const { tools, ...rest } = request()
          const mortal = {
            ...rest,
            tools: { ...tools, store: life.wrap('store', tools.store), bridge: life.wrap('bridge', tools.bridge) },
          }
          const outcome = await Promise.race([changeModel(db, mortal), life.died])
          await searches()
          if (typeof outcome === 'object') return
          deaths += 1
        }
      })()
      await Promise.all([writing, changing])
      for (const dimensions of [256, 64]) {
        expect(await report(dimensions), `seed ${seed}`).toMatchObject({ rows: 24, points: 24, ...AGREED })
      }
      expect(await book.vectors.serving(book.tenantId)).toBe(newer)
      expect((await find(`version${version}`)).hits[0]?.text).toContain(`version${version}`)
    }
    expect(deaths).toBeGreaterThan(8)
  }, 300_000)
})
