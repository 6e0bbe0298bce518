import { Worker } from 'node:worker_threads'
import { MillraceError } from '../errors/millrace-error.ts'
import type { EmbedAnswer, EmbedOrder } from './worker-messages.ts'

/** A worker thread with a copy of the model. */
export interface Thread {
  /** @throws EMBED_FAILED when the thread dies of it */
  ask(texts: readonly string[]): Promise<EmbedAnswer>
  /** Orders that it has not answered. */
  waiting(): number
  isDead(): boolean
  close(): Promise<void>
}

interface Waiting {
  readonly resolve: (answer: EmbedAnswer) => void
  readonly reject: (error: Error) => void
}

/** Starts a thread; it keeps the process alive only while it has something to answer. */
export function openThread(script: URL): Thread {
  const worker = new Worker(script)
  const waiting = new Map<number, Waiting>()
  let last = 0
  let dead = false

  const lose = (reason: string): void => {
    dead = true
    const message = `Failed to embed offline: the worker thread ended (${reason}). It is tried again in a new one.`
    for (const { reject } of waiting.values()) reject(new MillraceError('EMBED_FAILED', { message }))
    waiting.clear()
  }
  worker.on('message', (answer: EmbedAnswer) => {
    waiting.get(answer.id)?.resolve(answer)
    waiting.delete(answer.id)
    if (waiting.size === 0) worker.unref()
  })
  worker.on('error', (error) => lose(error instanceof Error ? error.message : String(error)))
  worker.on('exit', (code) => lose(`code ${code}`))

  return {
    ask: (texts) =>
      new Promise((resolve, reject) => {
        const order: EmbedOrder = { id: ++last, texts }
        waiting.set(order.id, { resolve, reject })
        // Whoever waits for vectors wants the process to stay.
        worker.ref()
        worker.postMessage(order)
      }),
    waiting: () => waiting.size,
    isDead: () => dead,
    close: async () => {
      await worker.terminate()
    },
  }
}
