import { randomBytes } from 'node:crypto'
import { amqpBroker } from '@millrace/core/amqp'
import { migrate, openDatabase, postgresJobStore, secretsFromKey, seedTenant } from '@millrace/sink-postgres'
import { startQdrantSimulator } from '@millrace-examples/simulators'
import { ensureFirstAdmin, FIRST_ADMIN } from '../../api/security/first-admin.ts'
import { EXIT } from '../../exit-codes.ts'
import { ensureJob, type JobRows } from '../../job-rows.ts'
import { openSources } from '../../source.ts'
import { TENANT } from '../../tenant.ts'
import { type HostProcess, startHost } from '../../testing/host-process.ts'
import { scratchStore } from '../../testing/scratch-store.ts'
import { addressOf } from '../../testing/serve-fixture.ts'
import { CONTENT, controlsOf, type RealHost, switchOff } from './real-host.ts'

const PASSWORD = 'a password for tests'

/** Roles split over processes that share a PostgreSQL, a RabbitMQ and a Qdrant. */
export async function splitHost(serverUrl: string, amqpUrl: string): Promise<RealHost> {
  await using opened = new AsyncDisposableStack()
  const store = opened.use(await scratchStore(serverUrl))
  const databaseUrl = store.choice.kind === 'server' ? store.choice.url : ''
  const db = opened.adopt(await openDatabase({ url: databaseUrl }), (database) => database.close())
  await migrate(db)
  const tenantId = await seedTenant(db, TENANT)
  const sources = await openSources({ kind: 'simulator', port: 0, site: CONTENT }, db, tenantId)
  for (const { simulator } of sources) opened.defer(() => simulator?.close())
  const key = { id: 'test', key: randomBytes(32) }
  const secrets = secretsFromKey(key)
  const jobStore = postgresJobStore(db, { secrets })
  const jobs: JobRows[] = []
  for (const source of sources) jobs.push(await ensureJob(db, jobStore, { secrets, tenantId, source }))
  await switchOff(db, jobs)
  await ensureFirstAdmin(db, PASSWORD)
  const qdrant = opened.adopt(await startQdrantSimulator(), (simulator) => simulator.close())
  const prefix = `dashboard-${randomBytes(4).toString('hex')}.`
  opened.adopt(amqpBroker({ url: amqpUrl, prefix }), async (broker) => {
    await broker.remove()
    await broker.close()
  })

  const variables = {
    MILLRACE_DATABASE_URL: databaseUrl,
    MILLRACE_SECRET_KEYS: `test:${key.key.toString('base64')}`,
    MILLRACE_ALLOW_PRIVATE_NETWORKS: 'true',
    MILLRACE_QDRANT_URL: qdrant.url,
    MILLRACE_TRANSPORT: 'amqp',
    MILLRACE_AMQP_PREFIX: prefix,
    AMQP_URL: amqpUrl,
  }
  const processes = new Set<HostProcess>()
  const run = async (...argv: readonly string[]): Promise<HostProcess> => {
    const started = startHost(['serve', ...argv], variables)
    processes.add(started)
    if (!(await started.says('Working.'))) throw new Error(`Failed to start a process: ${started.errors()}`)
    return started
  }
  opened.defer(async () => {
    for (const { child, ended } of processes) {
      child.kill('SIGKILL')
      await ended
    }
  })
  const work = (): Promise<HostProcess> => run('--roles', 'transform,embed')
  const [api, worker] = await Promise.all([
    run('--roles', 'api', '--port', '0'),
    work(),
    run('--roles', 'scheduler,extract'),
  ])
  const url = await addressOf(api)
  let serving = api
  let working = worker
  const disposal = opened.move()
  return {
    url,
    sharesWorkers: false,
    login: { email: FIRST_ADMIN, password: PASSWORD },
    ...controlsOf({ db: () => db, tenantId: () => tenantId, trackerUrl: () => sources[0]?.baseUrl ?? '' }),
    async stop() {
      serving.child.kill('SIGTERM')
      await serving.ended
    },
    async start() {
      serving = await run('--roles', 'api', '--port', new URL(url).port)
    },
    async superviseRestart() {
      const code = await working.ended
      if (code !== EXIT.restart) throw new Error(`Failed to see a restart: the worker ended with ${code}.`)
      working = await work()
    },
    [Symbol.asyncDispose]: () => disposal.disposeAsync(),
  }
}
