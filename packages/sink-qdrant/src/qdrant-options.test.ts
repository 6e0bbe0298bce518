import { expect, test } from 'vitest'
import { qdrantOptions } from './qdrant-options.ts'

test('a local server needs no options', () => {
  expect(qdrantOptions.parse({})).toEqual({
    url: 'http://localhost:6333',
    collectionPrefix: 'millrace',
    collections: 'tenant',
    batchSize: 128,
  })
})

test('a prefix that a collection name cannot hold is refused', () => {
  expect(qdrantOptions.safeParse({ collectionPrefix: 'My Team' }).success).toBe(false)
})
