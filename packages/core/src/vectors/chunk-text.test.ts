import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chunkText } from './chunk-text.ts'

test('a text that fits is one chunk: itself', () => {
  expect(chunkText('Short. And sweet.')).toEqual(['Short. And sweet.'])
})

test('sentences stay whole, and a chunk repeats the end of the one before', () => {
  const text = 'The first sentence. The second one. A third follows. The last.'
  expect(chunkText(text, { maxLength: 38, overlap: 18 })).toEqual([
    'The first sentence. The second one.',
    'The second one. A third follows.',
    'A third follows. The last.',
  ])
})

test('a sentence that is too long is cut between words, and a word between characters', () => {
  expect(chunkText('one two three four', { maxLength: 9, overlap: 0 })).toEqual(['one two', 'three', 'four'])
  expect(chunkText('aaaaaaa🙈', { maxLength: 8, overlap: 0 })).toEqual(['aaaaaaa', '🙈'])
})

test('no chunk is too long, none is empty, and together they have every word in order', () => {
  const words = fc.array(fc.stringMatching(/^[a-zé🙈]{1,6}[.!?]?$/u), { minLength: 1, maxLength: 80 })
  fc.assert(
    fc.property(
      words,
      fc.integer({ min: 20, max: 60 }),
      fc.integer({ min: 0, max: 15 }),
      (each, maxLength, overlap) => {
        const text = each.map((word, index) => `(${index})${word}`).join(' ')
        const chunks = chunkText(text, { maxLength, overlap })
        for (const chunk of chunks) {
          expect(chunk.length).toBeLessThanOrEqual(maxLength)
          expect(chunk.trim()).not.toBe('')
          expect(text).toContain(chunk)
        }
        expect(uncovered(text, chunks)).toBe('')
      },
    ),
  )
})

/** What of a text is in none of its chunks, white space aside. Of several places that a chunk may be from, the last counts. */
function uncovered(text: string, chunks: readonly string[]): string {
  let covered = 0
  let left = ''
  for (const chunk of chunks) {
    const next = covered + text.slice(covered).search(/\S|$/)
    const before = text.lastIndexOf(chunk, next)
    const start = before < 0 ? text.indexOf(chunk, next) : before
    if (start > covered) left += text.slice(covered, start).trim()
    covered = Math.max(covered, start + chunk.length)
  }
  return left + text.slice(covered).trim()
}
