import { z } from 'zod'
import { MillraceError } from '../errors/millrace-error.ts'
import { openAiEmbeddingsOptions } from './openai-embeddings.ts'

/**
 * Which model embeds the texts of an account, as `integration.embedding` holds it and a form may ask for it. The key of a
 * server is no part of it: keys are kept sealed, apart from what everybody may see.
 *
 * @example { provider: 'openai', baseUrl: 'http://localhost:11434/v1', model: 'nomic-embed-text', dimensions: 768 }
 */
export const embeddingSettings = z.discriminatedUnion('provider', [
  /** Anything that speaks OpenAI's `/embeddings`. */
  z.strictObject({ provider: z.literal('openai'), ...openAiEmbeddingsOptions.omit({ apiKey: true }).shape }),
  /** A small English model inside of the process, without a network. */
  z.strictObject({
    provider: z.literal('offline'),
    model: z.literal('use-lite-en').default('use-lite-en'),
    dimensions: z.literal(512).default(512),
  }),
  /** No model: finds shared words, and no meaning. */
  z.strictObject({
    provider: z.literal('hash'),
    model: z.literal('fnv1a').default('fnv1a'),
    dimensions: z.int().min(8).max(4096).default(256),
  }),
])

/** With every default filled in. */
export type EmbeddingSettings = z.output<typeof embeddingSettings>

/**
 * Judges what somebody wants an account to be embedded with.
 *
 * @throws INVALID_CONFIG that names every mistake, and repeats none of the values
 */
export function parseEmbeddingSettings(given: unknown): EmbeddingSettings {
  const parsed = embeddingSettings.safeParse(given)
  if (parsed.success) return parsed.data
  throw new MillraceError('INVALID_CONFIG', {
    message: `Failed to configure embeddings: ${z.prettifyError(parsed.error)}. Correct these settings.`,
  })
}
