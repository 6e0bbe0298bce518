import { randomBytes } from 'node:crypto'
import { createRuntime, type RunSummary, type Runtime } from '@millrace/core'
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
import { filter, firstValueFrom, map } from 'rxjs'
import { CONNECTORS } from '../connectors.ts'
import { type HostProcess, startHost } from './host-process.ts'
import type { RealSite } from './real-site.ts'

/** A database with a job, and processes that work on it. */
export interface ServeFixture extends AsyncDisposable {
  readonly db: Database
  readonly tenantId: number
  readonly jobId: number
  readonly integrationId: number
  /** The key that credentials are sealed with, as the variable takes it. */
  readonly secretKeys: string
  /** Starts runs and watches them; works on nothing. */
  readonly conductor: Runtime
  /** Starts `serve` with these arguments besides what leads it to the database. */
  serve(...argv: readonly string[]): HostProcess
  finished(runId: number): Promise<RunSummary>
}

/** @param databaseUrl an empty database */
export async function serveFixture(databaseUrl: string, site: RealSite): Promise<ServeFixture> {
  const key = randomBytes(32)
  const secretKeys = `test:${key.toString('base64')}`
  const secrets = secretsFromKey({ id: 'test', key })
  const db = await openDatabase({ url: databaseUrl })
  await migrate(db)
  const tenantId = await seedTenant(db, { name: 'Acme' })
  const integrationId = await createIntegration(db, {
    tenantId,
    secrets,
    name: 'Site',
    type: 'jira',
    baseUrl: site.variables.JIRA_BASE_URL ?? '',
    username: site.variables.JIRA_EMAIL ?? '',
    credentials: { apiToken: site.variables.JIRA_API_TOKEN ?? '' },
  })
  const jobId = await createJob(db, { tenantId, name: 'Site', connector: 'jira', integrationId })
  const conductor = createRuntime({
    connectors: CONNECTORS,
    ledger: postgresLedger(db),
    jobStore: postgresJobStore(db, { secrets }),
    loader: postgresLoader(db),
    roles: [],
  })
  const processes: HostProcess[] = []
  return {
    db,
    tenantId,
    jobId,
    integrationId,
    secretKeys,
    conductor,
    serve: (...argv) => {
      const variables = {
        MILLRACE_DATABASE_URL: databaseUrl,
        MILLRACE_SECRET_KEYS: secretKeys,
        MILLRACE_ALLOW_PRIVATE_NETWORKS: 'true',
      }
      const started = startHost(['serve', '--log-level', 'debug', ...argv], variables)
      processes.push(started)
      return started
    },
    finished: (runId) =>
      firstValueFrom(
        conductor.events({ runId, tenantId }).pipe(
          filter((event) => event.type === 'run-finished'),
          map((event) => event.summary),
        ),
      ),
    [Symbol.asyncDispose]: async () => {
      for (const { child, ended } of processes) {
        child.kill('SIGKILL')
        await ended
      }
      await db.close()
    },
  }
}

/** Where a process says that it listens. */
export async function addressOf(process: HostProcess): Promise<string> {
  await process.says(/Listening\..*\n/)
  const line = process
    .output()
    .split('\n')
    .find((text) => text.includes('Listening.'))
  const { address, port } = JSON.parse(line ?? '{}')
  return `http://${address}:${port}`
}
