import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type Connector, createRuntime, type Role, type RunSummary } from '@millrace/core'
import {
  createIntegration,
  createJob,
  type Database,
  migrate,
  openDatabase,
  postgresJobStore,
  postgresLedger,
  postgresLoader,
  secretsFromKey,
  seedTenant,
} from '@millrace/sink-postgres'
import { filter, firstValueFrom } from 'rxjs'
import { z } from 'zod'
import { firstLine, startProcess } from './simulated-site.ts'

/** A worker process: what it takes, and how many rows of it at once where that is not the default. */
export interface WorkerProcess {
  readonly roles: readonly Role[]
  readonly concurrency?: number
}

export interface MirrorOptions {
  readonly connector: Connector
  /** What is mirrored. Its type is the connector's name. */
  readonly account: Omit<Parameters<typeof createIntegration>[1], 'secrets' | 'tenantId' | 'type' | 'name'>
  readonly processes: readonly WorkerProcess[]
  /** @default none: workers take rows from the ledger */
  readonly broker?: { readonly url: string; readonly prefix: string } | undefined
}

const workerReport = z.object({ roles: z.array(z.string()), peakMb: z.number(), liveMb: z.number() })

/** What a worker says when it ends. */
export type WorkerReport = z.output<typeof workerReport>

export interface Mirror {
  readonly db: Database
  readonly tenantId: number
  readonly jobId: number
  /** What credentials are sealed with. */
  readonly key: Buffer
  /** Another job of the account, which ran once and was cancelled. */
  addJob(name: string): Promise<number>
  /** One run of the job, from its start to its end. */
  run(options?: { readonly batchSize?: number }): Promise<{ readonly seconds: number; readonly summary: RunSummary }>
  /** Ends the workers; each says how much memory it took at most, and how much of its heap it left in use. */
  stop(): Promise<readonly WorkerReport[]>
}

/** A job in an empty database, with workers in processes of their own. This process only starts runs and watches them. */
export async function startMirror(
  databaseUrl: string,
  { connector, account, processes, broker }: MirrorOptions,
): Promise<Mirror> {
  const key = randomBytes(32)
  const secrets = secretsFromKey({ id: 'benchmark', key })
  const db = await openDatabase({ url: databaseUrl })
  await migrate(db)
  const tenantId = await seedTenant(db, { name: 'Benchmark' })
  const { name } = connector
  const integrationId = await createIntegration(db, { secrets, tenantId, name: 'Benchmark', type: name, ...account })
  const jobId = await createJob(db, { tenantId, name: 'Benchmark', connector: name, integrationId })
  const conductor = createRuntime({
    connectors: [connector],
    ledger: postgresLedger(db),
    loader: postgresLoader(db),
    jobStore: postgresJobStore(db, { secrets }),
    roles: [],
  })
  await conductor.start()
  const through = broker ? [`--amqp=${broker.url}`, `--prefix=${broker.prefix}`] : []
  const children = processes.map(({ roles, concurrency = 0 }) =>
    startProcess(import.meta.resolve('./worker-process.ts'), [
      databaseUrl,
      key.toString('hex'),
      ...roles,
      `--concurrency=${concurrency}`,
      ...through,
    ]),
  )
  for (const child of children) await firstLine(child)
  return {
    db,
    tenantId,
    jobId,
    key,
    async addJob(label) {
      const added = await createJob(db, { tenantId, name: label, connector: name, integrationId })
      await conductor.cancelRun(await conductor.startRun({ tenantId, jobId: added }))
      return added
    },
    async run(options = {}) {
      const start = performance.now()
      const { runId } = await conductor.startRun({ tenantId, jobId, ...options })
      const finished = conductor.events({ runId, tenantId }).pipe(filter((event) => event.type === 'run-finished'))
      const { summary } = await firstValueFrom(finished)
      const seconds = (performance.now() - start) / 1_000
      if (summary.state === 'finished') return { seconds, summary }
      throw new Error(`The run ${summary.state}: ${summary.reasons.join(' ')}`)
    },
    async stop() {
      const reports = await Promise.all(
        children.map(async (child) => {
          const report = firstLine(child)
          child.stdin?.end()
          const [line] = await Promise.all([report, once(child, 'exit')])
          return workerReport.parse(JSON.parse(line))
        }),
      )
      await conductor.stop()
      await db.close()
      return reports
    },
  }
}
