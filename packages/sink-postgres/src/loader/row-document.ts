import { cleanText } from './clean-text.ts'

/** Rows as one JSON text, the form in which they travel fastest, and what had to be taken out of it. */
export interface RowDocument {
  readonly json: string
  /** Text values that held characters which PostgreSQL cannot store. */
  readonly cleaned: number
}

/** JSON.stringify escapes these characters only, so their escapes betray them; a literal backslash is a false alarm. */
const SUSPICIOUS = /\\u(0000|d[89a-f])/

/** Puts rows, each a JSON object, into one array, and cleans those that need it. */
export function rowDocument(rows: readonly string[]): RowDocument {
  let cleaned = 0
  const clean = (value: string): string => {
    const cleanValue = cleanText(value)
    if (cleanValue !== value) cleaned += 1
    return cleanValue
  }
  const replacer = (_key: string, value: unknown): unknown => {
    if (typeof value === 'string') return clean(value)
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [clean(name), member]))
  }
  const cleanRow = (row: string): string => (SUSPICIOUS.test(row) ? JSON.stringify(JSON.parse(row), replacer) : row)
  const json = `[${rows.join(',')}]`
  // Almost always there is nothing to clean, and one look at the whole finds that out.
  return SUSPICIOUS.test(json) ? { json: `[${rows.map(cleanRow).join(',')}]`, cleaned } : { json, cleaned }
}
