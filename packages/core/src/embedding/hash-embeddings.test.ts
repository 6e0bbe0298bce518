import fc from 'fast-check'
import { expect, test } from 'vitest'
import { embeddingProviderConformance } from '../testing/embedding-provider-conformance.ts'
import { hashEmbeddings } from './hash-embeddings.ts'

for (const { name, run } of embeddingProviderConformance(hashEmbeddings)) test(name, run)

const { signal } = new AbortController()

test('it says that it is not semantic', () => {
  expect(hashEmbeddings()).toMatchObject({ name: 'hash:fnv1a', semantic: false, dimensions: 256 })
})

test('every text has a vector of length 1, also one without words', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), fc.integer({ min: 1, max: 64 }), async (text, dimensions) => {
      const [vector] = await hashEmbeddings({ dimensions }).embed([text], signal)
      expect(vector).toHaveLength(dimensions)
      expect(Math.hypot(...(vector ?? []))).toBeCloseTo(1, 4)
    }),
  )
})

test('case, punctuation and the form of a letter make no difference', async () => {
  const [one, other] = await hashEmbeddings().embed(['Café: LOGIN!', 'cafe\u0301 login'], signal)
  expect(one).toEqual(other)
})
