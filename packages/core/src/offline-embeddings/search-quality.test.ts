import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { defineEntity } from '../contracts/entity.ts'
import { prepareLoad } from '../load/prepare-load.ts'
import { memoryLoader } from '../memory/memory-loader.ts'
import { memoryVectorBridge } from '../memory/memory-vector-bridge.ts'
import { memoryVectorStore } from '../memory/memory-vector-store.ts'
import { buildVectors } from '../vectors/build-vectors.ts'
import { type SearchMode, search } from '../vectors/search-vectors.ts'
import { sparseQuery, sparseWords } from '../vectors/sparse-words.ts'
import { LABELLED, OTHERS } from './labelled-queries.ts'
import { offlineEmbeddings } from './offline-embeddings.ts'

const items = defineEntity({
  name: 'items',
  key: 'id',
  columns: z.object({ id: z.string(), title: z.string(), text: z.string() }),
  embed: { title: ({ id, title }) => `${id} ${title}`, text: ({ text }) => text, payload: ({ id }) => ({ key: id }) },
})
const ALL = [...LABELLED, ...OTHERS]
const keyOf = (index: number): string => `APP-${100 + index}`
const MODES = ['dense', 'sparse', 'hybrid'] as const
/** Half of the exact queries name a key, the others an identifier. */
const KINDS = {
  paraphrase: LABELLED.map(({ paraphrase }) => paraphrase),
  exact: LABELLED.map(({ exact }, index) => (index % 2 === 0 ? keyOf(index) : exact)),
  words: LABELLED.map(({ words }) => words),
} as const
type Kind = keyof typeof KINDS

interface Score {
  readonly recall: number
  readonly ndcg: number
}

const provider = offlineEmbeddings()
const store = memoryVectorStore()
const scores = new Map<string, Score>()
const scoreOf = (kind: Kind | 'all', mode: SearchMode): Score => scores.get(`${kind} ${mode}`) ?? { recall: 0, ndcg: 0 }

beforeAll(async () => {
  const loader = memoryLoader()
  const scope = { tenantId: 1, integrationId: 1, runId: 1 }
  const changes = ALL.map(({ title, text }, index) => items.upsert({ id: keyOf(index), title, text }))
  await loader.load(prepareLoad(changes, { scope, sourceSeq: 1, fullSync: false }), undefined)
  const sources = [{ integrationId: 1, sourceType: 'APP', entities: [items] }]
  await buildVectors({ provider, store, loader, bridge: memoryVectorBridge(loader) }, { tenantId: 1, sources })

  for (const mode of MODES) {
    const all: Score[] = []
    for (const [kind, queries] of Object.entries(KINDS)) {
      const each: Score[] = []
      for (const [index, query] of queries.entries()) {
        const { hits } = await search({ store, providers: [provider] }, { tenantId: 1, query, mode, limit: 10 })
        const place = hits.findIndex(({ payload }) => payload.key === keyOf(index))
        each.push({ recall: place < 0 ? 0 : 1, ndcg: place < 0 ? 0 : 1 / Math.log2(place + 2) })
      }
      scores.set(`${kind} ${mode}`, mean(each))
      all.push(...each)
    }
    scores.set(`all ${mode}`, mean(all))
  }
}, 300_000)
afterAll(() => provider[Symbol.asyncDispose]())

test('the queries are what they are said to be', () => {
  expect(Object.values(KINDS).flat().length).toBeGreaterThanOrEqual(60)
  for (const { title, text, paraphrase } of LABELLED) {
    const words = new Set(sparseWords(`${title} ${text}`).indices)
    expect(
      sparseQuery(paraphrase).indices.filter((index) => words.has(index)),
      paraphrase,
    ).toEqual([])
  }
})

test.each(['paraphrase', 'exact', 'words'] as const)(
  'hybrid search keeps up with the better single way: %s',
  (kind) => {
    const best = Math.max(scoreOf(kind, 'dense').ndcg, scoreOf(kind, 'sparse').ndcg)
    expect(scoreOf(kind, 'hybrid').ndcg, table()).toBeGreaterThanOrEqual(0.95 * best)
    const recall = Math.max(scoreOf(kind, 'dense').recall, scoreOf(kind, 'sparse').recall)
    expect(scoreOf(kind, 'hybrid').recall, table()).toBeGreaterThanOrEqual(0.95 * recall)
  },
)

test('over all queries, hybrid search is better than either way alone', () => {
  expect(scoreOf('all', 'hybrid').ndcg, table()).toBeGreaterThan(scoreOf('all', 'dense').ndcg)
  expect(scoreOf('all', 'hybrid').ndcg, table()).toBeGreaterThan(scoreOf('all', 'sparse').ndcg)
})

function mean(each: readonly Score[]): Score {
  const average = (read: (score: Score) => number): number =>
    each.reduce((sum, score) => sum + read(score), 0) / each.length
  return { recall: average(({ recall }) => recall), ndcg: average(({ ndcg }) => ndcg) }
}

function table(): string {
  const lines = [...scores].map(
    ([name, { recall, ndcg }]) => `${name}: recall@10 ${recall.toFixed(3)}, nDCG@10 ${ndcg.toFixed(3)}`,
  )
  return `\n${lines.join('\n')}\n`
}
