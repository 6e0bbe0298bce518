import type { StorageType } from '@millrace/core'

/** Types that a column can be turned into without losing anything, by the type that it has now. */
const WIDER: { readonly [from: string]: readonly StorageType[] } = {
  smallint: ['bigint', 'double precision', 'numeric', 'text', 'jsonb'],
  integer: ['bigint', 'double precision', 'numeric', 'text', 'jsonb'],
  bigint: ['double precision', 'numeric', 'text', 'jsonb'],
  real: ['double precision', 'numeric', 'text', 'jsonb'],
  'double precision': ['numeric', 'text', 'jsonb'],
  numeric: ['text', 'jsonb'],
  boolean: ['text', 'jsonb'],
  uuid: ['text', 'jsonb'],
  timestamptz: ['text', 'jsonb'],
  'character varying': ['text', 'jsonb'],
  text: ['jsonb'],
  jsonb: [],
}

/** How a column becomes wider: the expression, or undefined when it would lose something. */
export function widening(column: string, from: string, to: StorageType): string | undefined {
  if (!WIDER[from]?.includes(to)) return undefined
  return to === 'jsonb' ? `to_jsonb(${column})` : `${column}::${to}`
}
