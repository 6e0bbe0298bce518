import { afterEach, beforeEach, expect, test } from 'vitest'
import { type QdrantSimulator, startQdrantSimulator } from './start-qdrant-simulator.ts'

let qdrant: QdrantSimulator
beforeEach(async () => {
  qdrant = await startQdrantSimulator({ strictMode: { enabled: true } })
  await ask('PUT', '/collections/c', { vectors: { v: { size: 2, distance: 'Cosine' } } })
})
afterEach(() => qdrant.close())

const ask = async (method: string, path: string, body?: unknown): Promise<{ status: number; text: string }> => {
  const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  const response = await fetch(`${qdrant.url}${path}`, { method, ...sent })
  return { status: response.status, text: await response.text() }
}
const upsert = { operations: [{ upsert: { points: [{ id: 1, vector: { v: [1, 0] }, payload: { project: 'X' } }] } }] }

test('what Qdrant would not take is refused, and remembered', async () => {
  expect(await ask('PUT', '/collections/d', { vectors: { v: { size: 0, distance: 'Cosine' } } })).toMatchObject({
    status: 400,
  })
  expect(await ask('POST', '/collections/c/points/search', {})).toMatchObject({ status: 404 })
  expect(qdrant.violations).toHaveLength(2)
})

test('a write that nobody waits for is acknowledged before it is done', async () => {
  expect((await ask('POST', '/collections/c/points/batch', upsert)).text).toContain('acknowledged')
  expect(qdrant.collections.get('c')?.points.size).toBe(0)
  expect((await ask('POST', '/collections/c/points/batch?wait=true', upsert)).text).toContain('completed')
  expect(qdrant.collections.get('c')?.points.size).toBe(1)
})

test('strict mode refuses to filter without an index, for reading and for writing', async () => {
  const filter = { must: [{ key: 'project', match: { any: ['X'] } }] }
  const search = { query: [1, 0], using: 'v', filter, limit: 1 }
  expect((await ask('POST', '/collections/c/points/query', search)).text).toContain('Index required but not found')
  expect(await ask('POST', '/collections/c/points/delete?wait=true', { filter })).toMatchObject({ status: 400 })
  await ask('PUT', '/collections/c/index?wait=true', { field_name: 'project', field_schema: 'keyword' })
  expect(await ask('POST', '/collections/c/points/query', search)).toMatchObject({ status: 200 })
})

test('what does not exist is not found', async () => {
  expect(await ask('GET', '/collections/none')).toMatchObject({ status: 404 })
  const action = { create_alias: { alias_name: 'a', collection_name: 'none' } }
  expect(await ask('POST', '/collections/aliases', { actions: [action] })).toMatchObject({ status: 404 })
})
