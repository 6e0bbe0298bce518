import { hash } from 'node:crypto'
import { toText } from './to-jsonb.ts'

/** Longer keys do not fit into an index entry. */
const LONGEST = 600

/** A unit's key as it is stored: itself, or its digest when it is long. */
export function storedKey(key: string): string {
  return key.length <= LONGEST && toText(key) === key ? key : `sha256:${hash('sha256', key, 'hex')}`
}
