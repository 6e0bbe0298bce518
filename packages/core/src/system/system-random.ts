import { randomUUID } from 'node:crypto'
import type { Random } from '../ports/random.ts'

/** The machine's randomness. */
export const systemRandom: Random = {
  next: () => Math.random(),
  id: () => randomUUID(),
}
