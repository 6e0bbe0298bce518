/**
 * JSON with sorted keys and no white space: equal values give equal text (RFC 8785 for the values we use, but that keys
 * which are whole numbers come first, as in every JavaScript object).
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(inOrder(value)) ?? 'null'
}

/** The value with the keys of its objects sorted. What is in order already is not copied. */
export function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const items = value.map(inOrder)
    return items.every((item, index) => item === value[index]) ? value : items
  }
  if (value instanceof Date) return value
  if ('toJSON' in value && typeof value.toJSON === 'function') return inOrder(value.toJSON(''))
  const object = value as { readonly [key: string]: unknown }
  let ordered = true
  let last: string | undefined
  for (const key in object) {
    ordered &&= (last === undefined || last < key) && inOrder(object[key]) === object[key]
    last = key
  }
  if (ordered) return value
  // Entries become own properties, whatever their names.
  return Object.fromEntries(
    Object.keys(object)
      .sort()
      .map((key) => [key, inOrder(object[key])]),
  )
}
