import { expect, test } from 'vitest'
import { readVectorChoice } from './vector-choice.ts'

test('without variables, vectors lie beside the rows, and the best model that is installed makes them', () => {
  expect(readVectorChoice({ QDRANT_URL: 'http://another:6333', MILLRACE_QDRANT_URL: '' })).toEqual({
    qdrant: undefined,
    embeddings: 'auto',
  })
})

test('Qdrant is used where our own variable names it', () => {
  const environment = { MILLRACE_QDRANT_URL: 'https://q.example:6333', MILLRACE_QDRANT_API_KEY: 'k' }
  expect(readVectorChoice({ ...environment, MILLRACE_EMBEDDINGS: 'hash' })).toEqual({
    qdrant: { url: 'https://q.example:6333', apiKey: 'k' },
    embeddings: 'hash',
  })
})

test('mistakes are named all at once, and no value is', () => {
  const wrong = { MILLRACE_QDRANT_URL: 'secret nonsense', MILLRACE_EMBEDDINGS: 'magic' }
  expect(() => readVectorChoice(wrong)).toThrow(
    /MILLRACE_QDRANT_URL must.*MILLRACE_EMBEDDINGS must be auto, offline or hash/,
  )
  expect(() => readVectorChoice(wrong)).not.toThrow(/nonsense|magic/)
  expect(() => readVectorChoice({ MILLRACE_QDRANT_API_KEY: 'k3y' })).toThrow(/MILLRACE_QDRANT_URL must be given/)
})
