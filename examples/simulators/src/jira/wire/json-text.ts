/**
 * JSON by concatenation. A page of issues is some hundred kilobytes, most of it the same fragments again and again;
 * stringing them together is several times cheaper than building objects to serialize.
 */

export const quote = (text: string): string => JSON.stringify(text)

export const quoteOrNull = (text: string | null): string => (text === null ? 'null' : JSON.stringify(text))

export const numberOrNull = (value: number | null): string => (value === null ? 'null' : String(value))

export const list = (items: readonly string[]): string => `[${items.join(',')}]`
