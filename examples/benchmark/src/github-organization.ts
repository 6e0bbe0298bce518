import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { github } from '@millrace/connector-github'
import { createRuntime, type Runtime } from '@millrace/core'
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
import { z } from 'zod'
import { firstLine, startProcess } from './simulated-site.ts'

export interface OrganizationSize {
  readonly repositories: number
  readonly pullRequests: number
}

export interface OrganizationResult {
  readonly seconds: number
  /** What GitHub would have counted for the first run, and for the one after it, in which nothing had changed. */
  readonly points: number
  readonly pointsUnchanged: number
  readonly openRepositories: number
  readonly peakMb: number
}

const rateLimit = z.object({ resources: z.object({ graphql: z.object({ used: z.number() }) }) })
const report = z.object({ peakMb: z.number() })

/** More than any run here may spend: what is measured is what it costs, and not how long one waits. */
const ENOUGH_POINTS = 100_000_000

/** Mirrors a simulated organization with one worker process, and then once more. */
export async function githubOrganization(databaseUrl: string, size: OrganizationSize): Promise<OrganizationResult> {
  const simulator = startProcess(import.meta.resolve('@millrace-examples/simulators/github-main'), [
    '--port=0',
    `--repositories=${size.repositories}`,
    `--pull-requests=${size.pullRequests}`,
    `--points=${ENOUGH_POINTS}`,
  ])
  const greeting = await firstLine(simulator)
  const [, url, token] = /at (\S+)\s+token (\S+)/.exec(greeting) ?? []
  if (!url || !token) throw new Error(`The simulator said ${JSON.stringify(greeting)} instead of where it is.`)
  const key = randomBytes(32)
  const secrets = secretsFromKey({ id: 'benchmark', key })
  const db = await openDatabase({ url: databaseUrl })
  await migrate(db)
  const tenantId = await seedTenant(db, { name: 'Benchmark' })
  const account = { name: 'Organization', type: 'github', baseUrl: url, credentials: { token } }
  const integrationId = await createIntegration(db, { secrets, tenantId, ...account })
  const jobId = await createJob(db, { tenantId, name: 'Benchmark', connector: 'github', integrationId })
  // This process only starts runs and watches them.
  const conductor = createRuntime({
    connectors: [github],
    ledger: postgresLedger(db),
    loader: postgresLoader(db),
    jobStore: postgresJobStore(db, { secrets }),
    roles: [],
  })
  await conductor.start()
  const roles = ['extract', 'transform', 'embed']
  const worker = startProcess(import.meta.resolve('./worker-process.ts'), [databaseUrl, key.toString('hex'), ...roles])
  await firstLine(worker)

  const pointsSoFar = async (): Promise<number> => {
    const response = await fetch(`${url}/rate_limit`, { headers: { authorization: `bearer ${token}` } })
    return rateLimit.parse(await response.json()).resources.graphql.used
  }
  const start = performance.now()
  await runToItsEnd(conductor, tenantId, jobId)
  const seconds = (performance.now() - start) / 1_000
  const points = await pointsSoFar()
  // What was updated within the overlap of the first window is read again once.
  await runToItsEnd(conductor, tenantId, jobId)
  const before = await pointsSoFar()
  await runToItsEnd(conductor, tenantId, jobId)
  const pointsUnchanged = (await pointsSoFar()) - before
  const [open] = await db.query<{ count: number }>(
    { as: 'app', tenantId },
    'SELECT count(*) AS count FROM repositories WHERE open_prs > 0',
  )

  const line = firstLine(worker)
  worker.stdin?.end()
  const [told] = await Promise.all([line, once(worker, 'exit')])
  await conductor.stop()
  await db.close()
  simulator.kill()
  await once(simulator, 'exit')
  const { peakMb } = report.parse(JSON.parse(told))
  return { seconds, points, pointsUnchanged, openRepositories: Number(open?.count ?? 0), peakMb }
}

async function runToItsEnd(conductor: Runtime, tenantId: number, jobId: number): Promise<void> {
  const { runId } = await conductor.startRun({ tenantId, jobId })
  const finished = conductor.events({ runId, tenantId }).pipe(filter((event) => event.type === 'run-finished'))
  const { summary } = await firstValueFrom(finished)
  if (summary.state !== 'finished') throw new Error(`The run ${summary.state}: ${summary.failures[0]?.failure.message}`)
}
