import type { SparseVector } from '../ports/vector-store.ts'
import { STOP_WORDS } from './stop-words.ts'

/** Saturation of repeated words, and how much long texts are held back: the usual values of BM25. */
const K1 = 1.2
const B = 0.75
/** Words of a usual chunk. A constant, because a text's vector must not depend on which others are there. */
const USUAL_LENGTH = 120

/** A word, or several that signs tie together: `PROJ-12`, `user_id`, `src/app.ts`, `1.2.3`. */
const TERM = /[\p{L}\p{N}]+(?:[-_./:@][\p{L}\p{N}]+)*/gu
const PART = /[\p{L}\p{N}]+/gu
/** Between the words of `camelCase` and `HTTPServer`. */
const HUMP = /(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u

/** A text as the words it consists of, each weighing as BM25 lets it, up to how rare it is: that, the store knows. */
export function sparseWords(text: string): SparseVector {
  const counts = new Map<number, number>()
  let length = 0
  for (const term of termsOf(text)) {
    const index = indexOf(term)
    counts.set(index, (counts.get(index) ?? 0) + 1)
    length += 1
  }
  const drag = K1 * (1 - B + (B * length) / USUAL_LENGTH)
  return {
    indices: [...counts.keys()],
    values: [...counts.values()].map((count) => (count * (K1 + 1)) / (count + drag)),
  }
}

/** The words of a query: each counts once. */
export function sparseQuery(text: string): SparseVector {
  const indices = [...new Set(Array.from(termsOf(text), indexOf))]
  return { indices, values: indices.map(() => 1) }
}

/** Whether a query names something exactly: a key, a number, a path, an identifier of code. Then its words say it all. */
export function namesSomething(text: string): boolean {
  for (const [term] of text.matchAll(TERM)) {
    if (/\p{N}/u.test(term) && /\p{L}/u.test(term)) return true
    if (/[_./:@]/.test(term) || HUMP.test(term)) return true
  }
  return false
}

/** Compound terms count as a whole and by their parts; words that every text has do not count. */
function* termsOf(text: string): Generator<string> {
  for (const [term] of text.normalize('NFKC').matchAll(TERM)) {
    const whole = term.toLowerCase()
    const parts = [...term.matchAll(PART)].flatMap(([part]) => [part.toLowerCase(), ...humpsOf(part)])
    if (!parts.includes(whole)) yield whole
    for (const part of parts) if (!STOP_WORDS.has(part)) yield stemmed(part)
  }
}

function humpsOf(part: string): readonly string[] {
  const humps = part.split(HUMP)
  return humps.length > 1 ? humps.map((hump) => hump.toLowerCase()) : []
}

/** Without the endings of English plurals and verbs. Crude on purpose: query and text only need the same treatment. */
function stemmed(word: string): string {
  if (word.length < 5 || !/^[a-z]+$/.test(word)) return word
  const stem = word
    .replace(/ies$/, 'y')
    .replace(/(?<=[^s])s$/, '')
    .replace(/(?<=.{3})(?:ing|ed)$/, '')
  return stem.replace(/(?<=.{3})e$/, '')
}

/** FNV-1a with a final mix, as an unsigned number of 32 bits. Two words may share a place; among 2³² that is rare. */
function indexOf(term: string): number {
  let hashed = 0x811c9dc5
  for (let index = 0; index < term.length; index++) hashed = Math.imul(hashed ^ term.charCodeAt(index), 0x01000193)
  hashed = Math.imul(hashed ^ (hashed >>> 16), 0x85ebca6b)
  return (hashed ^ (hashed >>> 13)) >>> 0
}
