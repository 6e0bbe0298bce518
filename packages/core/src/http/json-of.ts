const values = new WeakMap<Uint8Array, unknown>()

/**
 * The JSON of a body, parsed once: a step that had to look into what it received shares it with the transformer, when that
 * runs in the same process. Do not change what it returns.
 *
 * @throws SyntaxError when it is not JSON
 * @example
 * const bytes = bytesOf(await ctx.fetch(url))
 * const { next } = pageSchema.parse(jsonOf(bytes))
 * yield { body: bytes, next }
 */
export function jsonOf(body: Uint8Array): unknown {
  if (values.has(body)) return values.get(body)
  const value: unknown = JSON.parse(textOf(body))
  values.set(body, value)
  return value
}

/** The same for the last one who asks: parsed JSON takes several times the memory of its text. */
export function takeJson(body: Uint8Array): unknown {
  const value = values.has(body) ? values.get(body) : JSON.parse(textOf(body))
  values.delete(body)
  return value
}

/** A body as text, without copying its bytes first. */
export function textOf(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')
}
