import { createHash } from 'node:crypto'
import { z } from 'zod'

const contentSchema = z.object({ q: z.string(), k: z.array(z.union([z.number(), z.string()])) })

/** Opaque page tokens: where a walk stands, bound to the query that began it. */
export const encodeToken = (query: string, keyset: readonly (number | string)[]): string =>
  Buffer.from(JSON.stringify({ q: fingerprint(query), k: keyset })).toString('base64url')

/** Where a walk stands, or undefined when the token is malformed or belongs to another query. */
export const decodeToken = (query: string, token: string): readonly (number | string)[] | undefined => {
  try {
    const content = contentSchema.parse(JSON.parse(Buffer.from(token, 'base64url').toString('utf8')))
    return content.q === fingerprint(query) ? content.k : undefined
  } catch {
    return undefined
  }
}

const fingerprint = (query: string): string => createHash('sha256').update(query).digest('base64url').slice(0, 12)
