import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFetch } from '../http/create-fetch.ts'
import { embeddingProviderConformance } from '../testing/embedding-provider-conformance.ts'
import { virtualClock } from '../testing/virtual-clock.ts'
import { batchTexts } from './batch-texts.ts'
import { hashEmbeddings } from './hash-embeddings.ts'
import { type OpenAiEmbeddingsOptions, openAiEmbeddings } from './openai-embeddings.ts'

const { signal } = new AbortController()
const hashing = hashEmbeddings({ dimensions: 8 })

interface Asked {
  readonly url: string
  readonly headers: Headers
  readonly body: {
    readonly model: string
    readonly input: string[]
    readonly encoding_format: string
    readonly dimensions?: number
  }
}

/** A server that embeds for real, unless `answer` says otherwise. */
function server(answer: (asked: Asked, turn: number) => Response | undefined = () => undefined) {
  const asked: Asked[] = []
  const platform = async (url: string | URL, init: RequestInit = {}): Promise<Response> => {
    const request = { url: String(url), headers: new Headers(init.headers), body: JSON.parse(String(init.body)) }
    asked.push(request)
    const given = answer(request, asked.length)
    if (given) return given
    const vectors = await hashing.embed(request.body.input, signal)
    const data = vectors.map((vector, index) => ({ index, embedding: Array.from(vector) }))
    return Response.json({ object: 'list', data: data.toReversed() })
  }
  const open = (over: Partial<OpenAiEmbeddingsOptions> = {}, more = {}) =>
    openAiEmbeddings(
      { baseUrl: 'http://127.0.0.1:9/v1/', model: 'm', dimensions: 8, ...over },
      { fetch: createFetch({ fetch: platform, retries: 0, ...more }) },
    )
  return { asked, open }
}

for (const { name, run } of embeddingProviderConformance(() => server().open())) test(name, run)

test('numbers are asked for as numbers, with the key, and a length only from models that can shorten', async () => {
  const { asked, open } = server()
  await open({ apiKey: 'secret' }).embed(['a'], signal)
  await open({ shorten: true }).embed(['a'], signal)
  expect(asked[0]).toMatchObject({
    url: 'http://127.0.0.1:9/v1/embeddings',
    body: { model: 'm', input: ['a'], encoding_format: 'float' },
  })
  expect(asked[0]?.headers.get('authorization')).toBe('Bearer secret')
  expect(asked[0]?.body).not.toHaveProperty('dimensions')
  expect(asked[1]?.body.dimensions).toBe(8)
})

test('a refused text is at fault, and neither key nor text is told', async () => {
  const { open } = server(() =>
    Response.json({ error: { message: 'maximum context length exceeded' } }, { status: 400 }),
  )
  await expect(open({ apiKey: 'secret' }).embed(['private text'], signal)).rejects.toMatchObject({
    code: 'EMBED_FAILED',
    retryable: false,
    message: expect.stringMatching(
      /^Failed to embed 1 texts with openai:m: the server answers 400 \(maximum context length/,
    ),
  })
})

test('other dimensions, an empty list and an unknown model are told in a sentence', async () => {
  const embed = (body: unknown, status = 200) =>
    server(() => Response.json(body, { status }))
      .open()
      .embed(['a'], signal)
  const short = { data: [{ index: 0, embedding: [1, 2, 3] }] }
  await expect(embed(short)).rejects.toMatchObject({
    code: 'SCHEMA_MISMATCH',
    message: expect.stringContaining('have 3 dimensions, and 8'),
  })
  await expect(embed({ data: [] })).rejects.toMatchObject({ code: 'EMBED_FAILED', retryable: true })
  await expect(embed({ hello: 1 })).rejects.toMatchObject({ code: 'EMBED_FAILED', retryable: true })
  await expect(embed({ error: 'model not found' }, 404)).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
  expect(() => openAiEmbeddings({ model: '', dimensions: 0 })).toThrow(/Failed to configure embeddings/)
})

test('a server that asks to wait is waited for, and one that fails is asked again', async () => {
  const clock = virtualClock()
  const { asked, open } = server((_, turn) => {
    if (turn === 1) return new Response('', { status: 429, headers: { 'retry-after': '7' } })
    return turn === 2 ? new Response('', { status: 500 }) : undefined
  })
  const began = clock.now()
  const embedding = open({}, { clock, retries: 3 }).embed(['a'], signal)
  for (let turn = 0; turn < 60; turn++) await clock.advance(1000)
  expect(await embedding).toHaveLength(1)
  expect(asked).toHaveLength(3)
  expect(clock.now() - began).toBeGreaterThan(7000)
})

test('a long wait is not held but told', async () => {
  const { open } = server(() => new Response('', { status: 429, headers: { 'retry-after': '600' } }))
  await expect(open({}, { retries: 3 }).embed(['a'], signal)).rejects.toMatchObject({
    code: 'RATE_LIMITED',
    retryAt: expect.any(Date),
  })
})

test('batches keep every text in order, and all limits but for a text that breaks one alone', () => {
  const limits = fc.record({
    maxTexts: fc.integer({ min: 1, max: 9 }),
    maxTokens: fc.integer({ min: 1, max: 40 }),
    maxBytes: fc.integer({ min: 1, max: 90 }),
  })
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), limits, (texts, limit) => {
      const batches = batchTexts(texts, limit)
      expect(batches.flat()).toEqual(texts)
      for (const batch of batches.filter(({ length }) => length > 1)) {
        expect(batch.length).toBeLessThanOrEqual(limit.maxTexts)
        expect(Buffer.byteLength(batch.join(''))).toBeLessThanOrEqual(limit.maxBytes)
        expect(batch.join('').length / 2.5).toBeLessThanOrEqual(limit.maxTokens + 1e-9)
      }
    }),
  )
})
