import { MillraceError } from '@millrace/core'
import { z } from 'zod'

/** Where vectors are kept, and what makes them of texts. */
export interface VectorChoice {
  /** @default undefined: beside the rows, where the database has pgvector */
  readonly qdrant: { readonly url: string; readonly apiKey: string | undefined } | undefined
  /** `auto` is the offline model where its packages are installed, and else hashing. */
  readonly embeddings: 'auto' | 'offline' | 'hash'
}

const filled = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((text) => (text === '' ? undefined : text), schema.optional())

const variables = z.object({
  MILLRACE_QDRANT_URL: filled(z.url({ protocol: /^https?$/, error: 'must look like http://host:6333' })),
  MILLRACE_QDRANT_API_KEY: filled(z.string()),
  MILLRACE_EMBEDDINGS: filled(z.enum(['auto', 'offline', 'hash'], 'must be auto, offline or hash')),
})

type Environment = { readonly [name: string]: string | undefined }

/**
 * Reads the variables that say how texts are made searchable. Only names of our own count: a `QDRANT_URL` that is set for
 * another program must not have collections made there.
 *
 * @throws INVALID_CONFIG with every mistake at once, and none of the values
 */
export function readVectorChoice(environment: Environment): VectorChoice {
  const choice = parseVectorChoice(environment)
  if (!('mistakes' in choice)) return choice
  const { mistakes } = choice
  throw new MillraceError('INVALID_CONFIG', {
    message: `Failed to configure vectors: ${mistakes.join('; ')}. Correct ${mistakes.length === 1 ? 'it' : 'them'}.`,
  })
}

/** The same, for those who have more to say than these mistakes. */
export function parseVectorChoice(environment: Environment): VectorChoice | { readonly mistakes: readonly string[] } {
  const parsed = variables.safeParse(environment)
  if (!parsed.success) {
    return { mistakes: parsed.error.issues.map(({ path, message }) => `${String(path[0])} ${message}`) }
  }
  const { MILLRACE_QDRANT_URL: url, MILLRACE_QDRANT_API_KEY: apiKey, MILLRACE_EMBEDDINGS: embeddings } = parsed.data
  if (apiKey !== undefined && url === undefined) {
    return { mistakes: ['MILLRACE_QDRANT_URL must be given, because MILLRACE_QDRANT_API_KEY is'] }
  }
  return { qdrant: url === undefined ? undefined : { url, apiKey }, embeddings: embeddings ?? 'auto' }
}
