import { expect, test } from 'vitest'
import { qdrantOptions } from './qdrant-options.ts'

test('a local server needs no options', () => {
  expect(qdrantOptions.parse({})).toEqual({
    url: 'http://localhost:6333',
    collectionPrefix: 'millrace',
    collections: 'tenant',
    batchSize: 128,
    batchBytes: 8_000_000,
    concurrency: 2,
    timeoutMs: 60_000,
  })
})

test('a prefix that a collection name cannot hold is refused', () => {
  expect(qdrantOptions.safeParse({ collectionPrefix: 'My Team' }).success).toBe(false)
})
