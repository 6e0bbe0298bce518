import { randomBytes } from 'node:crypto'
import { github, prsReviews, repositories } from '@millrace/connector-github'
import { buildVectors, prepareLoad } from '@millrace/core'
import { createIntegration, migrate, postgresLoader, secretsFromKey, seedTenant } from '@millrace/sink-postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStore } from '../open-store.ts'
import { openVectors, type Vectors } from './open-vectors.ts'
import { searchRows } from './search-rows.ts'

const secrets = secretsFromKey({ id: 'test', key: randomBytes(32) })
let db: Awaited<ReturnType<typeof openStore>>
beforeAll(async () => {
  db = await openStore({ kind: 'memory' })
  await migrate(db)
})
afterAll(() => db.close())

const repository = (name: string) => ({
  ...{
    id: 'R',
    name,
    owner: 'shop',
    name_with_owner: `shop/${name}`,
    former_name: null,
    description: null,
    url: null,
    topics: [],
  },
  ...{ is_archived: false, is_fork: false, is_private: false, default_branch: null, language: null },
  ...{ created: null, updated: null, pushed: null, seen_since: null, latest_pr_updated: null, open_prs: 0 },
})
const review = {
  ...{ pr_id: 'PR', repository_id: 'R', review_id: '1', author_id: null, author_login: 'ann', state: 'COMMENTED' },
  ...{ body: 'Close the file.', commit_oid: null, submitted: null, updated: null },
}

test('reviews are found by the name of their repository, also after it was renamed', async () => {
  const tenantId = await seedTenant(db, { name: 'named' })
  const integrationId = await createIntegration(db, { secrets, tenantId, name: 'Code', type: 'github' })
  const loader = postgresLoader(db)
  await loader.prepare(github.entities)
  let sourceSeq = 0
  const load = (...changes: Parameters<typeof prepareLoad>[0] extends Iterable<infer Change> ? Change[] : never) => {
    const scope = { tenantId, integrationId, runId: 1 }
    return loader.load(prepareLoad(changes, { scope, sourceSeq: ++sourceSeq, fullSync: false }), undefined)
  }
  await using opened = await openVectors(db, { qdrant: undefined, embeddings: 'hash' }, async () => secrets)
  const vectors = opened as Vectors
  const inRepository = async (name: string) => {
    const filters = { repository: { anyOf: [name] } }
    const { hits } = await searchRows(db, vectors, { tenantId, query: 'close file', filters })
    return hits.map(({ payload }) => payload.repository_name)
  }

  await load(repositories.upsert(repository('web')), prsReviews.replace('PR', [review]))
  const { store, bridge, provider } = vectors.vectorizer
  const sources = [{ integrationId, sourceType: 'GITHUB', entities: [prsReviews] }]
  await buildVectors({ store, bridge, provider, loader }, { tenantId, sources })
  expect(await inRepository('shop/web')).toEqual(['shop/web'])
  expect(await inRepository('WEB')).toEqual(['shop/web'])
  expect(await inRepository('shop/app')).toEqual([])
  await load(repositories.upsert(repository('app')))
  expect(await inRepository('shop/app')).toEqual(['shop/app'])
  expect(await inRepository('shop/web')).toEqual([])
})
