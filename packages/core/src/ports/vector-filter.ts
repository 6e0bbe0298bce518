/**
 * The fields of a payload that a search can be narrowed by, and how each is indexed. Stores make these indexes before the
 * first point, so that filtering never scans; what is not in the list is payload to look at.
 */
export const FILTER_FIELDS = {
  /** Kind of source in capitals, after the connector's name. */
  source_type: 'keyword',
  entity: 'keyword',
  /** Key of the entity row; the chunks of a row share it. */
  row_id: 'keyword',
  integration_id: 'integer',
  project: 'keyword',
  repository: 'keyword',
  /** What people call the row, such as the key of an issue. */
  key: 'keyword',
  status: 'keyword',
  created: 'datetime',
  updated: 'datetime',
} as const satisfies { readonly [field: string]: 'keyword' | 'integer' | 'datetime' }

export type FilterField = keyof typeof FILTER_FIELDS

/** Narrows a search: a point must meet the condition of every field that is named. A point without the field meets none. */
export type VectorFilter = {
  readonly [Field in FilterField]?: (typeof FILTER_FIELDS)[Field] extends 'datetime' ? TimeRange : OneOf
}

/** The field has one of these values. */
export interface OneOf {
  readonly anyOf: readonly (string | number)[]
}

/** The field is a time in [from, before); an end that is left out is open. */
export interface TimeRange {
  readonly from?: Date
  readonly before?: Date
}
