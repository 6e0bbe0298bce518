export const SPEC_KINDS = [
  'endpoint',
  'channel',
  'field',
  'table',
  'column',
  'queue',
  'exchange',
  'message',
  'setting',
  'job',
  'page',
  'component',
] as const
export type SpecKind = (typeof SPEC_KINDS)[number]

/** A name of the documents that the product was asked for with, and what became of it. */
export type SpecName = {
  readonly kind: SpecKind
  readonly name: string
  /** Document and line that name it first. */
  readonly at: string
} & (
  | {
      /** What it is called here. */
      readonly live: string
      /** What is to be known about it. */
      readonly note?: string
    }
  | {
      /** Why there is no such thing. */
      readonly reason: string
    }
)

/** Several names of a table, a schema or a message that are called here as they are there, under another owner. */
export function sameNames(
  kind: SpecKind,
  at: string,
  owners: { readonly there: string; readonly here: string },
  names: string,
): readonly SpecName[] {
  return names.split(' ').map((name) => ({ kind, at, name: `${owners.there}.${name}`, live: `${owners.here}.${name}` }))
}
