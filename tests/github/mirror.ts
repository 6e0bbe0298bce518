import {
  createRuntime,
  type MemoryLoader,
  memoryJobStore,
  memoryLedger,
  memoryLoader,
  runGraph,
  systemClock,
} from '@millrace/core'
import { type Fate, incarnation } from '@millrace/core/testing'
import { type GithubOptions, github, githubOptions } from '../../packages/connector-github/src/index.ts'
import type { PassingTime } from '../passing-time.ts'

/** A job with a ledger that outlives its runs and its processes. */
export interface Mirror {
  readonly loader: MemoryLoader
  /** One run to its end, however often its process dies. */
  sync(
    decide?: (call: string) => Fate,
    mode?: 'incremental' | 'full',
  ): Promise<{ readonly state: string; readonly failures: readonly string[] }>
}

const MAX_LIVES = 400
const HOUR = { scheduleIntervalMinutes: 60, retryIntervalMinutes: 15 }

/** @param time default: the machine's */
export function createMirror(options: GithubOptions, time?: PassingTime): Mirror {
  const config = JSON.parse(JSON.stringify(options))
  const account = { id: 1, tenantId: 1, name: 'github', active: true }
  const job = { ...account, ...HOUR, connector: 'github', integrationId: 1 }
  const clock = time?.clock ?? systemClock
  const during: PassingTime['during'] = (work) => (time ? time.during(work) : work())
  const jobStore = memoryJobStore({ jobs: [job], integrations: [{ ...account, config }] }, clock)
  const ledger = memoryLedger({ jobStore, clock })
  const loader = memoryLoader()
  const graph = runGraph(github, githubOptions.parse(options), { fullSync: false })
  return {
    loader,
    sync: (decide = () => 'go', mode = 'incremental') => during(() => syncOnce(decide, mode)),
  }

  async function syncOnce(decide: (call: string) => Fate, mode: 'incremental' | 'full') {
    const request = {
      jobId: 1,
      tenantId: 1,
      graph,
      mode,
      options: {},
      maxAttempts: MAX_LIVES,
    } as const
    const { runId } = await ledger.startRun(request)
    const isRunning = async (): Promise<boolean> => (await ledger.run(runId))?.state === 'running'
    for (let lives = 0; lives < MAX_LIVES && (await isRunning()); lives += 1) {
      const life = incarnation(decide)
      const runtime = createRuntime({
        connectors: [github],
        ledger: life.wrap('ledger', ledger),
        jobStore: life.wrap('jobs', jobStore),
        loader: life.wrap('loader', loader),
        clock: life.wrap('clock', clock),
        ...(time && { fetch: time.fetch as typeof globalThis.fetch }),
      })
      void runtime.start()
      const ended = async (): Promise<void> => {
        if (!(await isRunning())) return
        await new Promise<void>((resolve) => {
          const watching = ledger.changes.subscribe(({ kind }) => {
            if (kind !== 'status') return
            watching.unsubscribe()
            resolve()
          })
        })
        await ended()
      }
      await Promise.race([life.died, ended()])
      life.kill()
    }
    const failures = (await ledger.deadRows(runId, 5)).map(({ failure }) => failure.message)
    return { state: (await ledger.run(runId))?.state ?? 'unknown', failures }
  }
}
