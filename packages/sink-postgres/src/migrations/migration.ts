import type { Tx } from '../database/database.ts'

/** One numbered change of the schema. It runs in a transaction of its own, as the role that connected. */
export interface Migration {
  /** 1, 2, 3, … without gaps. A released migration never changes. */
  readonly version: number
  readonly name: string
  up(tx: Tx): Promise<void>
  /** Takes the schema back; data that only the newer schema can hold is lost. */
  down(tx: Tx): Promise<void>
}
