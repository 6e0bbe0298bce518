import { cleanText } from '../loader/clean-text.ts'

/** JSON.stringify escapes these characters only, so their escapes betray them. */
const SUSPICIOUS = /\\u(0000|d[89a-f])/

/** JSON text for a jsonb parameter, without the characters that PostgreSQL cannot store. */
export function toJsonb(value: unknown): string {
  const json = JSON.stringify(value)
  return SUSPICIOUS.test(json) ? JSON.stringify(value, clean) : json
}

function clean(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value)
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [cleanText(name), member]))
}
