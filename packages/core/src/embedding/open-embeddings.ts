import { MillraceError } from '../errors/millrace-error.ts'
import type { EmbeddingProvider } from '../ports/embedding-provider.ts'
import type { EmbeddingSettings } from './embedding-settings.ts'
import { hashEmbeddings } from './hash-embeddings.ts'
import { type OpenAiEmbeddingsTools, openAiEmbeddings } from './openai-embeddings.ts'

export interface OpenEmbeddingsOptions extends OpenAiEmbeddingsTools {
  /** Key of the server, where it asks for one. */
  readonly apiKey?: string | undefined
  /** Opens the model inside of the process: `offlineEmbeddings`. @default none: settings that name it are refused */
  readonly offline?: () => EmbeddingProvider
}

/**
 * The provider that settings name.
 *
 * @throws INVALID_CONFIG when it cannot be had here
 *
 * @example
 * openEmbeddings(parseEmbeddingSettings({ provider: 'hash' }))
 */
export function openEmbeddings(settings: EmbeddingSettings, options: OpenEmbeddingsOptions = {}): EmbeddingProvider {
  switch (settings.provider) {
    case 'openai': {
      const { provider: _, ...rest } = settings
      const { apiKey, offline: _offline, ...tools } = options
      return openAiEmbeddings({ ...rest, ...(apiKey !== undefined && { apiKey }) }, tools)
    }
    case 'offline':
      if (options.offline) return options.offline()
      throw new MillraceError('INVALID_CONFIG', {
        message:
          'Failed to open embeddings: the offline model is not part of this program. Configure another provider.',
      })
    case 'hash':
      return hashEmbeddings({ dimensions: settings.dimensions })
  }
}
