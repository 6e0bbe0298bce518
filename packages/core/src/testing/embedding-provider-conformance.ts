import assert from 'node:assert/strict'
import type { EmbeddingProvider } from '../ports/embedding-provider.ts'
import type { ConformanceCase } from './conformance-case.ts'

const TEXTS = [
  'The login page shows a blank screen after the token has expired.',
  'Überweisung schlägt fehl: der Betrag wird doppelt abgebucht 🙈',
  'x',
  'line one\nline two\t\u0000 and a very '.concat('long '.repeat(500), 'end'),
]

/** What every embedding provider promises. @param make gives a provider, for each case anew */
export function embeddingProviderConformance(
  make: () => EmbeddingProvider | Promise<EmbeddingProvider>,
): readonly ConformanceCase[] {
  const { signal } = new AbortController()
  return [
    {
      name: 'it has a name, dimensions and a batch size',
      async run() {
        const provider = await make()
        assert.match(provider.name, /^[^\s:]+:\S+$/, 'expected provider:model')
        assert.ok(Number.isInteger(provider.dimensions) && provider.dimensions > 0)
        assert.ok(Number.isInteger(provider.maxBatch) && provider.maxBatch > 0)
      },
    },
    {
      name: 'each text gets one vector of finite numbers, with a direction',
      async run() {
        const provider = await make()
        const vectors = await embedAll(provider, TEXTS)
        assert.equal(vectors.length, TEXTS.length)
        for (const vector of vectors) {
          assert.equal(vector.length, provider.dimensions)
          assert.ok(vector.every(Number.isFinite))
          assert.ok(vector.some((value) => value !== 0))
        }
      },
    },
    {
      name: 'vectors come in the order of their texts, whatever else is in the batch',
      async run() {
        const provider = await make()
        const together = await embedAll(provider, TEXTS)
        const reversed = (await embedAll(provider, TEXTS.toReversed())).toReversed()
        for (const [index, vector] of together.entries()) assertSame(vector, reversed[index])
      },
    },
    {
      name: 'equal texts have equal vectors, different texts different ones',
      async run() {
        const provider = await make()
        const [first, again, other] = await embedAll(provider, [TEXTS[0] ?? '', TEXTS[0] ?? '', TEXTS[1] ?? ''])
        assertSame(first, again)
        assert.ok(cosine(first, other) < 0.999)
      },
    },
    {
      name: 'a full batch is accepted, and none at all',
      async run() {
        const provider = await make()
        const size = Math.min(provider.maxBatch, 256)
        const texts = Array.from({ length: size }, (_, index) => `issue number ${index}`)
        assert.equal((await provider.embed(texts, signal)).length, size)
        assert.deepEqual(await provider.embed([], signal), [])
      },
    },
    {
      name: 'an aborted call rejects',
      async run() {
        const provider = await make()
        await assert.rejects(provider.embed([TEXTS[0] ?? ''], AbortSignal.abort(new Error('cancelled'))))
      },
    },
  ]

  async function embedAll(provider: EmbeddingProvider, texts: readonly string[]): Promise<readonly Float32Array[]> {
    const vectors: Float32Array[] = []
    for (let from = 0; from < texts.length; from += provider.maxBatch) {
      vectors.push(...(await provider.embed(texts.slice(from, from + provider.maxBatch), signal)))
    }
    return vectors
  }
}

/** Models on several threads add in varying order, so the last bits may differ. */
function assertSame(left: Float32Array | undefined, right: Float32Array | undefined): void {
  const likeness = cosine(left, right)
  assert.ok(likeness > 0.9999, `expected the same vector, got a cosine of ${likeness}`)
}

function cosine(left: Float32Array = new Float32Array(), right: Float32Array = new Float32Array()): number {
  const dot = (a: Float32Array, b: Float32Array): number =>
    a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0)
  return dot(left, right) / Math.sqrt(dot(left, left) * dot(right, right))
}
