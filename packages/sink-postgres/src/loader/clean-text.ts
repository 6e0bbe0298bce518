/**
 * Text as PostgreSQL can store it, which is neither NUL nor half a surrogate pair: the first is dropped, the second becomes
 * the replacement character.
 */
export function cleanText(value: string): string {
  return value.replaceAll('\0', '').toWellFormed()
}
