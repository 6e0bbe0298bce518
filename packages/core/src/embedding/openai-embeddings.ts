import { z } from 'zod'
import { MillraceError } from '../errors/millrace-error.ts'
import { createFetch } from '../http/create-fetch.ts'
import type { PolicedFetch } from '../http/fetch-options.ts'
import { createProviderBudget } from '../http/provider-budget.ts'
import type { Clock } from '../ports/clock.ts'
import type { EmbeddingProvider } from '../ports/embedding-provider.ts'
import { systemClock } from '../system/system-clock.ts'
import { batchTexts, tokensOf } from './batch-texts.ts'
import { embeddingMeter, type SharedEmbeddingBudget } from './embedding-meter.ts'

/**
 * Which model, and where. Anything that speaks OpenAI's `/embeddings` will do: OpenAI, Ollama, vLLM, gateways.
 *
 * Source: https://platform.openai.com/docs/api-reference/embeddings
 */
export const openAiEmbeddingsOptions = z.strictObject({
  /** Up to the version, without `/embeddings`. @default 'https://api.openai.com/v1' */
  baseUrl: z.url({ protocol: /^https?$/ }).default('https://api.openai.com/v1'),
  /** @default none: local servers ask for none */
  apiKey: z.string().min(1).optional(),
  model: z.string().min(1),
  /** How long the model's vectors are. Every answer is held against it. */
  dimensions: z.int().min(1).max(65_535),
  /**
   * Ask for vectors of that length; for models that can shorten theirs. Others refuse the parameter.
   * @default false
   */
  shorten: z.boolean().default(false),
  /** Texts per request at most. @default 256 */
  maxTexts: z.int().min(1).max(2048).default(256),
  /** Tokens per request at most, counted roughly and too high. @default 200_000 */
  maxTokens: z.int().min(1).default(200_000),
  /** Bytes of text per request at most. @default 1_000_000 */
  maxBytes: z.int().min(1).default(1_000_000),
  /** Requests at the same time, of one process. @default 8 */
  concurrency: z.int().min(1).max(64).default(8),
  /** Requests that all processes together send in a minute, where they share a budget. @default as many as the server takes */
  requestsPerMinute: z.int().min(1).optional(),
  /** Tokens that all processes together send in a minute, counted as for `maxTokens`. @default as many as the server takes */
  tokensPerMinute: z.int().min(1).optional(),
})

/** What a program gives to the provider, besides what is configured. */
export interface OpenAiEmbeddingsTools {
  /** The policy for requests: retries, Retry-After. @default one of its own */
  readonly fetch?: PolicedFetch
  /** What processes share: refusals and, where they are limited, requests and tokens. @default each process is on its own */
  readonly shared?: SharedEmbeddingBudget
  /** @default the machine's */
  readonly clock?: Clock
}

/** What `openAiEmbeddingsOptions` accepts. */
export type OpenAiEmbeddingsOptions = z.input<typeof openAiEmbeddingsOptions>

const answerSchema = z.object({
  data: z.array(z.object({ index: z.int().min(0), embedding: z.array(z.number()) })),
})
const refusalSchema = z.object({ error: z.union([z.string(), z.object({ message: z.string() })]) })

/** Statuses that say that some text of the request is at fault: too long, empty, not allowed. */
const BAD_TEXT = new Set([400, 413, 422])

/**
 * Embeddings over HTTP.
 *
 * @throws INVALID_CONFIG when the options do not validate
 *
 * Calls throw EMBED_FAILED that is not retryable when a text is at fault, and a retryable one when the answer is not what
 * was asked for; SCHEMA_MISMATCH when vectors have other dimensions; INVALID_CONFIG when there is no such model; RATE_LIMITED when
 * the server, or the budget that processes share, asks to wait for longer than a request may be held; and what the policy
 * throws.
 */
export function openAiEmbeddings(given: OpenAiEmbeddingsOptions, tools: OpenAiEmbeddingsTools = {}): EmbeddingProvider {
  const parsed = openAiEmbeddingsOptions.safeParse(given)
  if (!parsed.success) {
    throw new MillraceError('INVALID_CONFIG', {
      message: `Failed to configure embeddings: ${z.prettifyError(parsed.error)}. Correct these settings.`,
    })
  }
  const options = parsed.data
  const url = `${options.baseUrl.replace(/\/+$/, '')}/embeddings`
  const name = `openai:${options.model}`
  const { shared, clock = systemClock } = tools
  const meter = shared && embeddingMeter(shared, options, { clock, name })
  const { concurrency } = options
  const budget = createProviderBudget({ concurrency, ...(meter && { shared: meter.points }) })
  const { fetch = createFetch({ clock, budget }) } = tools

  const request = async (input: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]> => {
    await meter?.pay(
      input.reduce((sum, text) => sum + tokensOf(text), 0),
      signal,
    )
    const response = await fetch(url, {
      method: 'POST',
      signal,
      headers: {
        'content-type': 'application/json',
        ...(options.apiKey !== undefined && { authorization: `Bearer ${options.apiKey}` }),
      },
      body: JSON.stringify({
        model: options.model,
        input,
        // Clients and gateways disagree on the default, and base64 read as numbers is nonsense.
        encoding_format: 'float',
        ...(options.shorten && { dimensions: options.dimensions }),
      }),
    })
    const body = await response.text()
    if (!response.ok) throw refused(name, input.length, response.status, body)
    return vectorsOf(options, name, input.length, body)
  }

  return {
    name,
    dimensions: options.dimensions,
    maxBatch: options.maxTexts,
    async embed(texts, signal) {
      signal.throwIfAborted()
      const vectors: Float32Array[] = []
      for (const batch of batchTexts(texts, options)) vectors.push(...(await request(batch, signal)))
      return vectors
    },
  }
}

function refused(name: string, texts: number, status: number, body: string): MillraceError {
  const said = reasonIn(body)
  const context = { status, texts }
  const what = `Failed to embed ${texts} texts with ${name}: the server answers ${status} (${said})`
  if (status === 404) {
    return new MillraceError('INVALID_CONFIG', {
      message: `${what}. Check the base URL and the model's name.`,
      context,
    })
  }
  const textAtFault = BAD_TEXT.has(status)
  const remedy = textAtFault ? 'Look at the text; its neighbours are embedded' : 'Read the answer of the server'
  return new MillraceError('EMBED_FAILED', { message: `${what}. ${remedy}.`, retryable: false, context })
}

/** Servers may repeat the text in their answer: only the beginning is told. */
function reasonIn(body: string): string {
  let said = body
  try {
    const parsed = refusalSchema.safeParse(JSON.parse(body))
    if (parsed.success) said = typeof parsed.data.error === 'string' ? parsed.data.error : parsed.data.error.message
  } catch {
    // No JSON: its beginning is told as it is.
  }
  return said.replaceAll(/\s+/g, ' ').trim().slice(0, 200) || 'no reason'
}

function vectorsOf(
  { dimensions }: z.output<typeof openAiEmbeddingsOptions>,
  name: string,
  texts: number,
  body: string,
): readonly Float32Array[] {
  const broken = (reason: string): MillraceError =>
    new MillraceError('EMBED_FAILED', {
      message: `Failed to embed ${texts} texts with ${name}: ${reason}. It is tried again.`,
      context: { texts },
    })
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    throw broken('the answer is not JSON')
  }
  const parsed = answerSchema.safeParse(json)
  if (!parsed.success)
    throw broken(`the answer is not a list of embeddings (${z.prettifyError(parsed.error).slice(0, 200)})`)
  const { data } = parsed.data
  if (data.length !== texts) throw broken(`the answer has ${data.length} vectors`)
  const vectors: Float32Array[] = []
  for (const { index, embedding } of data) {
    if (embedding.length !== dimensions) {
      throw new MillraceError('SCHEMA_MISMATCH', {
        message: `Failed to embed with ${name}: its vectors have ${embedding.length} dimensions, and ${dimensions} are configured. Configure ${embedding.length}, or have the model shorten its vectors if it can.`,
        context: { dimensions, given: embedding.length },
      })
    }
    vectors[index] = Float32Array.from(embedding)
  }
  if (vectors.length !== texts || vectors.includes(undefined as never))
    throw broken('the answer names a text twice and another never')
  return vectors
}
