import type { EmbeddingProvider } from '../ports/embedding-provider.ts'

export interface HashEmbeddingsOptions {
  /** @default 256 */
  readonly dimensions?: number
}

const WORD = /[\p{L}\p{N}]+/gu

/**
 * Vectors without a model: each word of a text is hashed to a place in the vector and a sign. Texts are near when they
 * share words, and equal texts have equal vectors on every machine. NOT semantic: a synonym is as far away as any other
 * word. For tests, and for trying things out without a network; search results deserve a real model.
 */
export function hashEmbeddings(options: HashEmbeddingsOptions = {}): EmbeddingProvider & { readonly semantic: false } {
  const { dimensions = 256 } = options
  return {
    name: 'hash:fnv1a',
    semantic: false,
    dimensions,
    maxBatch: 1000,
    async embed(texts, signal) {
      signal.throwIfAborted()
      return texts.map((text) => embedText(text, dimensions))
    },
  }
}

function embedText(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions)
  for (const [word, count] of countWords(text)) {
    const hashed = fnv1a(word)
    const place = (hashed >>> 1) % dimensions
    vector[place] = (vector[place] ?? 0) + (hashed & 1 ? 1 : -1) * (1 + Math.log(count))
  }
  const length = Math.hypot(...vector)
  // No words, or words that cancel each other out: any unit vector will do, as long as it is always the same.
  if (length === 0) vector[0] = 1
  return length === 0 ? vector : vector.map((value) => value / length)
}

function countWords(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const [word] of text.normalize('NFKC').toLowerCase().matchAll(WORD))
    counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}

/** FNV-1a over UTF-16 code units, with a final mix: its lowest bits alone are weak. */
function fnv1a(word: string): number {
  let hashed = 0x811c9dc5
  for (let index = 0; index < word.length; index++) hashed = Math.imul(hashed ^ word.charCodeAt(index), 0x01000193)
  hashed = Math.imul(hashed ^ (hashed >>> 15), 0x2c1b3c6d)
  return (hashed ^ (hashed >>> 13)) >>> 0
}
