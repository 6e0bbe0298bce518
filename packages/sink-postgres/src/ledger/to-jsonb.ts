/** JSON text for a jsonb parameter. jsonb has no NUL and no lone surrogate; both are dropped or replaced. */
export function toJsonb(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'string' ? toText(inner) : inner))
}

/** A string as a text parameter can hold it. */
export function toText(value: string): string {
  return value.toWellFormed().replaceAll('\0', '')
}
