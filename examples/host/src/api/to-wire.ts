type Snake<Name extends string> = Name extends `${infer Head}${infer Rest}`
  ? Head extends Lowercase<Head>
    ? `${Head}${Snake<Rest>}`
    : `_${Lowercase<Head>}${Snake<Rest>}`
  : ''

type WireValue<Value> = Value extends Date ? string : Value extends readonly (infer Item)[] ? Item[] : Value

/** Facts of the SDK as the interface names them. */
export type Wire<Facts> = { -readonly [Key in keyof Facts & string as Snake<Key>]: WireValue<Facts[Key]> }

/**
 * Names the fields of an object in snake_case, and tells times as ISO texts. Only of the object itself: what is inside may be
 * anybody's JSON, whose names are none of ours.
 */
export function toWire<Facts extends object>(facts: Facts): Wire<Facts> {
  const entries = Object.entries(facts).map(([name, value]) => [
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value instanceof Date ? value.toISOString() : value,
  ])
  return Object.fromEntries(entries)
}
