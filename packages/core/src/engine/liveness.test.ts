import { describe, expect, test } from 'vitest'
import { memoryJobStore } from '../memory/memory-job-store.ts'
import { memoryLedger } from '../memory/memory-ledger.ts'
import { memoryLoader } from '../memory/memory-loader.ts'
import { virtualClock } from '../testing/virtual-clock.ts'
import type { Liveness } from './liveness.ts'
import { livenessOf } from './liveness.ts'
import { createRuntime } from './runtime.ts'

describe('how often a worker shows that it lives', () => {
  test.each([
    [{}, { staleAfterMs: 20_000, heartbeatMs: 5_000 }],
    [{ staleAfterMs: 6_000 }, { staleAfterMs: 6_000, heartbeatMs: 1_500 }],
    [
      { staleAfterMs: 6_000, heartbeatMs: 3_000 },
      { staleAfterMs: 6_000, heartbeatMs: 3_000 },
    ],
  ])('%j means %j', (given, meant) => {
    expect(livenessOf(given)).toEqual(meant)
  })

  test.each([
    [{ staleAfterMs: 6_000, heartbeatMs: 3_001 }, 'heartbeatMs: must fit 2 times into staleAfterMs'],
    [{ heartbeatMs: 15_000 }, 'heartbeatMs: must fit 2 times into staleAfterMs'],
    [{ staleAfterMs: 3 }, 'heartbeatMs'],
    [{ staleAfterMs: Number.NaN }, 'staleAfterMs'],
    [{ heartbeatMs: 0 }, 'heartbeatMs'],
  ])('%j is refused', (given, says) => {
    expect(() => livenessOf(given)).toThrow(says)
  })

  test('its heartbeats come in that rhythm, and its sweeps release what is silent for so long', async () => {
    const clock = virtualClock()
    const jobStore = memoryJobStore({ jobs: [], integrations: [] })
    const ledger = memoryLedger({ jobStore, clock })
    const beats: number[] = []
    const sweeps: (number | null)[] = []
    const liveness: Liveness = { staleAfterMs: 4_000, heartbeatMs: 1_000 }
    const runtime = createRuntime({
      ...liveness,
      connectors: [],
      jobStore,
      loader: memoryLoader(),
      clock,
      roles: [],
      ledger: {
        ...ledger,
        heartbeat: (beat) => {
          beats.push(clock.now())
          return ledger.heartbeat(beat)
        },
        sweep: (request) => {
          sweeps.push(request.staleAfterMs)
          return ledger.sweep(request)
        },
      },
    })
    await runtime.start()
    const started = beats.length
    await clock.advance(10_000)
    await runtime.stop()
    // One of its own every second, and one before every sweep.
    expect(beats.length - started).toBeGreaterThanOrEqual(20)
    expect(beats.length - started).toBeLessThanOrEqual(24)
    expect(new Set(sweeps)).toContain(4_000)
  })
})
