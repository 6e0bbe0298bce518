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

export function createMirror(options: GithubOptions): Mirror {
  const config = JSON.parse(JSON.stringify(options))
  const account = { id: 1, tenantId: 1, name: 'github', active: true }
  const job = { ...account, ...HOUR, connector: 'github', integrationId: 1 }
  const jobStore = memoryJobStore({ jobs: [job], integrations: [{ ...account, config }] })
  const ledger = memoryLedger({ jobStore, clock: systemClock })
  const loader = memoryLoader()
  const graph = runGraph(github, githubOptions.parse(options), { fullSync: false })
  return {
    loader,
    async sync(decide = () => 'go', mode = 'incremental') {
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
          clock: life.wrap('clock', systemClock),
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
    },
  }
}
