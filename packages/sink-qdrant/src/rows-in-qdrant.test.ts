import {
  buildVectors,
  defineEntity,
  hashEmbeddings,
  memoryLoader,
  memoryVectorBridge,
  prepareLoad,
  profileOf,
  reconcileVectors,
  search,
  serveVectors,
} from '@millrace/core'
import { incarnation, seededRandom } from '@millrace/core/testing'
import { startQdrantSimulator } from '@millrace-examples/simulators'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { qdrantStore } from './qdrant-store.ts'

const notes = defineEntity({
  name: 'notes',
  key: 'id',
  columns: z.object({ id: z.string(), text: z.string(), project: z.string() }),
  embed: { text: ({ text }) => text, payload: ({ project }) => ({ project }) },
})
const AGREED = { missing: 0, stale: 0, orphans: 0, failed: [], refused: false }

test.each(['tenant', 'shared'] as const)(
  'rows become points, through crashes at any call (collections: %s)',
  async (collections) => {
    await using qdrant = await simulator()
    const loader = memoryLoader()
    const bridge = memoryVectorBridge(loader)
    const store = qdrantStore({ url: qdrant.url, collections })
    const [provider, newer] = [hashEmbeddings({ dimensions: 32 }), hashEmbeddings({ dimensions: 16 })]
    const sources = [{ integrationId: 1, sourceType: 'NOTEBOOK', entities: [notes] }]
    const request = { tenantId: 1, sources, batch: 5 }
    let sequence = 0
    const change = (...changes: readonly ReturnType<typeof notes.upsert>[]) => {
      const scope = { tenantId: 1, integrationId: 1, runId: 1 }
      return loader.load(prepareLoad(changes, { scope, sourceSeq: ++sequence, fullSync: false }), undefined)
    }
    const note = (id: number, text: string, project = 'X') => notes.upsert({ id: String(id), text, project })
    await change(...Array.from({ length: 40 }, (_, index) => note(index, `note number${index}`)))

    const random = seededRandom(7)
    for (const model of [provider, newer]) {
      for (;;) {
        const life = incarnation(() =>
          random.next() < 0.05 ? (random.next() < 0.5 ? 'crash-before' : 'crash-after') : 'go',
        )
        const tools = { provider: model, store: life.wrap('store', store), bridge: life.wrap('bridge', bridge), loader }
        if (typeof (await Promise.race([buildVectors(tools, request), life.died])) === 'object') break
      }
    }
    const tools = { provider, store, bridge, loader }
    expect(await reconcileVectors(tools, request)).toMatchObject({ rows: 40, points: 40, ...AGREED })

    await change(note(3, 'note number3', 'Y'), note(4, 'something about invoices'), notes.delete('5'))
    const repaired = await reconcileVectors(tools, { ...request, repair: true })
    expect(repaired).toMatchObject({ stale: 2, orphans: 1, embedded: 1, patched: 1, removed: 1 })
    const find = (query: string, filters = {}) =>
      search({ store, providers: [provider, newer] }, { tenantId: 1, query, filters })
    expect((await find('invoices')).hits[0]?.text).toBe('something about invoices')
    expect((await find('note', { project: { anyOf: ['Y'] } })).hits.map(({ text }) => text)).toEqual(['note number3'])

    await reconcileVectors({ ...tools, provider: newer }, { ...request, repair: true })
    await serveVectors(store, newer, { tenantId: 1, before: provider })
    expect(await find('invoices')).toMatchObject({
      profile: profileOf(newer),
      hits: [{ text: 'something about invoices' }, {}, {}, {}, {}, {}, {}, {}, {}, {}],
    })
    expect(qdrant.violations).toEqual([])
  },
  60_000,
)

/** A strict server, closed at the end. */
async function simulator() {
  const qdrant = await startQdrantSimulator({ strictMode: { enabled: true, upsert_max_batchsize: 10 } })
  return { url: qdrant.url, violations: qdrant.violations, [Symbol.asyncDispose]: () => qdrant.close() }
}
