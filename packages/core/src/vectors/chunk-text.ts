import type { ChunkSize } from '../contracts/embed-spec.ts'

const MAX_LENGTH = 2000
const OVERLAP = 200

const SENTENCES = new Intl.Segmenter('en', { granularity: 'sentence' })

/**
 * Cuts a text at the borders of sentences into chunks of at most `maxLength`; each repeats the last sentences of the one
 * before, as far as they fit into `overlap`. A sentence that is too long is cut between words, and a word between letters.
 * A text that fits is one chunk: itself.
 */
export function chunkText(
  text: string,
  { maxLength = MAX_LENGTH, overlap = OVERLAP }: ChunkSize = {},
): readonly string[] {
  if (text.length <= maxLength) return [text]
  const chunks: string[] = []
  let current: string[] = []
  let length = 0
  /** Whether `current` holds more than what it repeats. */
  let grown = false
  for (const piece of piecesOf(text, maxLength)) {
    if (grown && length + piece.length > maxLength) {
      chunks.push(current.join(''))
      current = repeated(current, Math.min(overlap, maxLength - piece.length))
      length = current.reduce((sum, each) => sum + each.length, 0)
    }
    current.push(piece)
    length += piece.length
    grown = true
  }
  chunks.push(current.join(''))
  return chunks.map((chunk) => chunk.trim()).filter((chunk) => chunk !== '')
}

/** The last pieces that fit into so much. */
function repeated(pieces: readonly string[], room: number): string[] {
  let length = 0
  const kept: string[] = []
  for (const piece of pieces.toReversed()) {
    length += piece.length
    if (length > room) break
    kept.unshift(piece)
  }
  return kept
}

/** Sentences with the white space after them, and parts of those that are too long; joined, they are the text. */
function* piecesOf(text: string, maxLength: number): Generator<string> {
  for (const { segment } of SENTENCES.segment(text)) {
    let rest = segment
    while (rest.length > maxLength) {
      const end = cutAt(rest, maxLength)
      yield rest.slice(0, end)
      rest = rest.slice(end)
    }
    yield rest
  }
}

/** After the last white space before the limit, else at the limit, but between no two halves of a character. */
function cutAt(text: string, limit: number): number {
  for (let at = limit; at > limit / 2; at--) if (/\s/.test(text.charAt(at - 1))) return at
  const code = text.charCodeAt(limit)
  return code >= 0xdc00 && code <= 0xdfff ? limit - 1 : limit
}
