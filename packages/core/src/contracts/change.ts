import type { AnyEntity } from './entity.ts'

/** A row before it is prepared for loading: column values by declared name. */
export type UntypedRow = { readonly [column: string]: unknown }

/**
 * What a transformer yields. A change says what is true at the source, not what to do in a table: the same change twice
 * is the same as once, and changes of different raw records may arrive in any order.
 */
export type Change =
  | { readonly op: 'upsert'; readonly entity: AnyEntity; readonly row: UntypedRow }
  | { readonly op: 'delete'; readonly entity: AnyEntity; readonly externalId: string }
  | {
      readonly op: 'replace'
      readonly entity: AnyEntity
      readonly parentExternalId: string
      readonly rows: readonly UntypedRow[]
    }
  | {
      readonly op: 'census'
      readonly entity: AnyEntity
      readonly externalIds: readonly string[]
      readonly within: CensusScope | undefined
      readonly certain: boolean
    }

/** The rows that a census is about: those whose reference `column` points to this row, or whose text is its id. */
export interface CensusScope {
  readonly column: string
  readonly externalId: string
}
