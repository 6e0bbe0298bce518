import { expect, test } from 'vitest'
import { hashEmbeddings } from '../embedding/hash-embeddings.ts'
import { MillraceError } from '../errors/millrace-error.ts'
import { memoryLedger } from '../memory/memory-ledger.ts'
import { memoryLoader } from '../memory/memory-loader.ts'
import { memoryVectorBridge } from '../memory/memory-vector-bridge.ts'
import { memoryVectorStore } from '../memory/memory-vector-store.ts'
import type { DeadRow, RunSnapshot } from '../ports/ledger.ts'
import { jobsOf } from '../testing/jobs-of.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { virtualClock } from '../testing/virtual-clock.ts'
import { createRuntime } from './runtime.ts'
import { unitsOfNotes } from './testing/notebook.ts'

const unavailable = new MillraceError('HTTP_UNAVAILABLE', { message: 'Failed to fetch: it is away.' })

/** Runs a connector of two units on virtual time, for two minutes. */
async function runFor(trouble: { readonly onPlanned?: () => void; readonly embed?: () => void }) {
  const clock = virtualClock()
  const jobStore = jobsOf('notebook', { config: () => ({ notes: ['a', 'b'] }) })
  const ledger = memoryLedger({ jobStore, clock })
  const loader = memoryLoader()
  const provider = hashEmbeddings()
  const runtime = createRuntime({
    connectors: [unitsOfNotes(trouble)],
    jobStore,
    ledger,
    loader,
    clock,
    random: seededRandom(1),
    limits: { unitsPerCommit: 1 },
    vectorizer: {
      provider: {
        ...provider,
        embed: async (texts, signal) => {
          trouble.embed?.()
          return provider.embed(texts, signal)
        },
      },
      store: memoryVectorStore(),
      bridge: memoryVectorBridge(loader),
    },
  })
  await runtime.start()
  const { runId } = await runtime.startRun({ tenantId: 1, jobId: 1, maxAttempts: 3 })
  await clock.advance(120_000)
  const run = await ledger.run(runId)
  const dead = await ledger.deadRows(runId, 10)
  await runtime.stop()
  return { run, dead } satisfies { run: RunSnapshot | undefined; dead: readonly DeadRow[] }
}

test('a plan that fails after units were stored is tried as often as any other row', async () => {
  let tries = 0
  const { run, dead } = await runFor({
    onPlanned: () => {
      tries += 1
      throw unavailable
    },
  })
  expect(tries).toBe(3)
  expect(run?.state).toBe('failed')
  expect(dead).toMatchObject([{ jobType: 'plan', attempts: 3, failure: { code: 'HTTP_UNAVAILABLE' } }])
})

test('an embedding provider that stays away is not asked for ever', async () => {
  let tries = 0
  const { run, dead } = await runFor({
    embed: () => {
      tries += 1
      throw unavailable
    },
  })
  expect(tries).toBe(6)
  expect(run?.state).toBe('failed')
  expect(dead.map(({ jobType, attempts }) => [jobType, attempts])).toEqual([
    ['embed', 3],
    ['embed', 3],
  ])
})

test('transactions that are in the way of others cost a row none of its attempts', async () => {
  let tries = 0
  const { run, dead } = await runFor({
    onPlanned: () => {
      tries += 1
      if (tries <= 5) throw new MillraceError('DATABASE_CONFLICT', { message: 'Failed to commit: a deadlock.' })
    },
  })
  expect([tries, run?.state, dead]).toEqual([6, 'finished', []])
})
