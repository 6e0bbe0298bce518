import { hash } from 'node:crypto'
import { cleanText } from '../loader/clean-text.ts'

/** Longer keys do not fit into an index entry. */
const LONGEST = 600

/** A unit's key as it is stored: itself, or its digest when it is long. */
export function storedKey(key: string): string {
  return key.length <= LONGEST && cleanText(key) === key ? key : `sha256:${hash('sha256', key, 'hex')}`
}
