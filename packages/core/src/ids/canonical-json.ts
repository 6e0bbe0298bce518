/** JSON with sorted keys and no white space: equal values give equal text (RFC 8785 for the values we use). */
export function canonicalJson(value: unknown): string {
  return encode(value) ?? 'null'
}

/** Undefined for what JSON leaves out. */
function encode(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if ('toJSON' in value && typeof value.toJSON === 'function') return encode(value.toJSON(''))
  let members = ''
  for (const key of Object.keys(value).sort()) {
    const text = encode((value as { readonly [key: string]: unknown })[key])
    if (text !== undefined) members += `${members === '' ? '' : ','}${JSON.stringify(key)}:${text}`
  }
  return `{${members}}`
}
