import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { jira } from '@millrace/connector-jira'
import { createRuntime, type Role } from '@millrace/core'
import {
  createIntegration,
  createJob,
  migrate,
  openDatabase,
  postgresJobStore,
  postgresLedger,
  postgresLoader,
  secretsFromKey,
  seedTenant,
} from '@millrace/sink-postgres'
import { filter, firstValueFrom } from 'rxjs'
import { firstLine, type Site, startProcess } from './simulated-site.ts'

export interface PipelineResult {
  readonly seconds: number
  readonly bytes: number
  readonly rowsWritten: number
  /** Peak memory of each worker process. */
  readonly workers: readonly { readonly roles: readonly Role[]; readonly peakMb: number }[]
}

/** A worker process: what it takes, and how many rows of it at once where that is not the default. */
export interface WorkerProcess {
  readonly roles: readonly Role[]
  readonly concurrency?: number
}

export interface PipelineOptions {
  readonly includeDevStatus?: boolean
  readonly batchSize?: number
  /** @default none: workers take rows from the ledger */
  readonly broker?: { readonly url: string; readonly prefix: string }
}

/** Mirrors a site with workers in processes of their own, from starting the run to its end. */
export async function pipeline(
  site: Site,
  databaseUrl: string,
  processes: readonly WorkerProcess[],
  options: PipelineOptions = {},
): Promise<PipelineResult> {
  const key = randomBytes(32)
  const secrets = secretsFromKey({ id: 'benchmark', key })
  const db = await openDatabase({ url: databaseUrl })
  await migrate(db)
  const tenantId = await seedTenant(db, { name: 'Benchmark' })
  const integrationId = await createIntegration(db, {
    secrets,
    tenantId,
    name: 'Site',
    type: 'jira',
    baseUrl: site.url,
    username: site.email,
    credentials: { apiToken: site.token },
    settings: { includeDevStatus: options.includeDevStatus ?? false },
  })
  const jobId = await createJob(db, { tenantId, name: 'Benchmark', connector: 'jira', integrationId })

  // This process only starts the run and watches it.
  const conductor = createRuntime({
    connectors: [jira],
    ledger: postgresLedger(db),
    loader: postgresLoader(db),
    jobStore: postgresJobStore(db, { secrets }),
    roles: [],
  })
  await conductor.start()
  const { broker } = options
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

  const start = performance.now()
  const { runId } = await conductor.startRun({
    tenantId,
    jobId,
    ...(options.batchSize !== undefined && { batchSize: options.batchSize }),
  })
  const finished = conductor.events({ runId, tenantId }).pipe(filter((event) => event.type === 'run-finished'))
  const { summary } = await firstValueFrom(finished)
  const seconds = (performance.now() - start) / 1_000
  if (summary.state !== 'finished') throw new Error(`The run ${summary.state}: ${summary.failures[0]?.failure.message}`)

  const workers = await Promise.all(
    children.map(async (child) => {
      const report = firstLine(child)
      child.stdin?.end()
      const [line] = await Promise.all([report, once(child, 'exit')])
      return JSON.parse(line)
    }),
  )
  await conductor.stop()
  await db.close()
  return { seconds, bytes: summary.totals.bytesReceived, rowsWritten: summary.totals.rowsWritten, workers }
}
