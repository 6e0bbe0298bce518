import fc from 'fast-check'
import { expect, test } from 'vitest'
import { namesSomething, sparseQuery, sparseWords } from './sparse-words.ts'

/** Whether a query finds a text by a word. */
function finds(query: string, text: string): boolean {
  const words = new Set(sparseWords(text).indices)
  return sparseQuery(query).indices.some((index) => words.has(index))
}

test('case, form of letters and English endings make no difference', () => {
  expect(finds('LOGINS', 'a login')).toBe(true)
  expect(finds('failing', 'it failed')).toBe(true)
  expect(finds('ﬁle', 'file')).toBe(true)
  expect(finds('retries', 'retry')).toBe(true)
})

test('keys, paths and identifiers are found as a whole and by their parts', () => {
  expect(finds('PROJ-12', 'see PROJ-12.')).toBe(true)
  expect(finds('TokenStore', 'class OfflineTokenStore')).toBe(true)
  expect(finds('retry-hint', 'src/http/retry-hint.ts')).toBe(true)
  expect(finds('PROJ-12', 'see proj-13')).toBe(true)
  const [whole] = sparseQuery('PROJ-12').indices
  expect(sparseWords('PROJ-13').indices).not.toContain(whole)
})

test('words that every text has do not count', () => {
  expect(sparseQuery('why does the it not').indices).toEqual([])
  expect(sparseWords('').indices).toEqual([])
})

test('a word weighs more the more often it comes, ever less so, and less in a long text', () => {
  const weight = (text: string): number => sparseWords(text).values[0] ?? 0
  const [once, twice, thrice] = ['login', 'login login', 'login login login'].map(weight)
  expect(twice).toBeGreaterThan(once ?? 0)
  expect((thrice ?? 0) - (twice ?? 0)).toBeLessThan((twice ?? 0) - (once ?? 0))
  expect(weight(`login ${'filler '.repeat(300)}`)).toBeLessThan(once ?? 0)
})

test('places are whole numbers of 32 bits, each once, with a positive weight', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const { indices, values } = sparseWords(text)
      expect(new Set(indices).size).toBe(indices.length)
      expect(values).toHaveLength(indices.length)
      expect(indices.every((index) => Number.isInteger(index) && index >= 0 && index < 2 ** 32)).toBe(true)
      expect(values.every((value) => value > 0)).toBe(true)
    }),
  )
})

test('a query that names a key, a path or an identifier is told from words', () => {
  for (const query of [
    'PROJ-12',
    'what about ABC-7?',
    'HTTP_502',
    'src/app.ts',
    'TokenStore',
    'v1.2.3',
    'user@example',
  ]) {
    expect(namesSomething(query), query).toBe(true)
  }
  for (const query of ['login fails after update', 'Login', 'HTTP error', 'well-known', '2024']) {
    expect(namesSomething(query), query).toBe(false)
  }
})
