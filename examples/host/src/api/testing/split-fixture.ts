import { randomBytes } from 'node:crypto'
import { createRuntime, FAILED_QUEUE, JOBS_QUEUE, queuesOf } from '@millrace/core'
import { amqpBroker } from '@millrace/core/amqp'
import { openDatabase, postgresJobStore, postgresLedger, postgresLoader, secretsFromKey } from '@millrace/sink-postgres'
import { startQdrantSimulator } from '@millrace-examples/simulators'
import { connect } from 'amqplib'
import type { InjectOptions } from 'fastify'
import { CONNECTORS } from '../../connectors.ts'
import { type HostProcess, startHost } from '../../testing/host-process.ts'
import { scratchStore } from '../../testing/scratch-store.ts'
import { addressOf } from '../../testing/serve-fixture.ts'
import { type ApiAnswer, type ApiFixture, type ApiFixtureOptions, asking, INTERNAL_KEY } from './api-fixture.ts'
import { seedApi } from './seed-api.ts'

const KEY_BYTES = 32
const QUEUES = [JOBS_QUEUE, ...(['extract', 'transform', 'embed'] as const).flatMap(queuesOf), FAILED_QUEUE]

/**
 * The interface in a process of its own, and workers in others, over PostgreSQL, RabbitMQ and a simulated Qdrant.
 *
 * @param servers where the first two are
 */
export async function splitFixture(
  servers: { readonly databaseUrl: string; readonly amqpUrl: string },
  options: ApiFixtureOptions = {},
): Promise<ApiFixture> {
  const { works = false, allowPrivateNetworks = false } = options
  const { amqpUrl } = servers
  await using opened = new AsyncDisposableStack()
  const store = opened.use(await scratchStore(servers.databaseUrl))
  const databaseUrl = store.choice.kind === 'server' ? store.choice.url : ''
  const qdrant = opened.adopt(await startQdrantSimulator({}), (server) => server.close())
  const key = randomBytes(KEY_BYTES)
  const secrets = secretsFromKey({ id: 'test', key })
  const db = opened.adopt(await openDatabase({ url: databaseUrl }), (database) => database.close())
  const seeded = await seedApi(db, secrets)
  const runtime = createRuntime({
    connectors: CONNECTORS,
    ledger: postgresLedger(db),
    jobStore: postgresJobStore(db, { secrets }),
    loader: postgresLoader(db),
    roles: [],
  })

  const prefix = `api-${randomBytes(4).toString('hex')}.`
  opened.defer(async () => {
    const broker = amqpBroker({ url: amqpUrl, prefix })
    await broker.remove()
    await broker.close()
  })
  const processes: HostProcess[] = []
  opened.defer(async () => {
    for (const { child, ended } of processes) {
      child.kill('SIGKILL')
      await ended
    }
  })
  const start = (roles: string): HostProcess => {
    const argv = ['serve', '--roles', roles, '--port', '0', '--log-level', 'debug', '--transport', 'amqp']
    const started = startHost([...argv, '--amqp-prefix', prefix], {
      AMQP_URL: amqpUrl,
      MILLRACE_DATABASE_URL: databaseUrl,
      MILLRACE_SECRET_KEYS: `test:${key.toString('base64')}`,
      MILLRACE_INTERNAL_KEY: INTERNAL_KEY,
      MILLRACE_REQUESTS_PER_MINUTE: '1000000',
      MILLRACE_ALLOW_PRIVATE_NETWORKS: String(allowPrivateNetworks),
      MILLRACE_QDRANT_URL: qdrant.url,
    })
    processes.push(started)
    return started
  }
  const front = start('api')
  const workers = works ? ['extract', 'transform', 'embed'].map(start) : []
  await Promise.all([front, ...workers].map((each) => each.says('Working.')))
  const address = await addressOf(front)

  const send = async ({ method, url, headers, payload }: InjectOptions): Promise<ApiAnswer> => {
    const isText = payload === undefined || typeof payload === 'string'
    const response = await fetch(`${address}${String(url)}`, {
      method: method ?? 'GET',
      headers: { ...(!isText && { 'content-type': 'application/json' }), ...(headers as Record<string, string>) },
      ...(payload !== undefined && { body: isText ? String(payload) : JSON.stringify(payload) }),
    })
    const text = await response.text()
    return { status: response.status, text, json: () => JSON.parse(text) as unknown }
  }
  const asked = await asking(send)
  const disposal = opened.move()
  return {
    ...seeded,
    db,
    runtime,
    key: key.toString('base64'),
    ...asked,
    origin: async () => address,
    said: () => processes.map((each) => each.output() + each.errors()).join('\n'),
    async messages() {
      const model = await connect(amqpUrl)
      const channel = await model.createChannel()
      const found: string[] = []
      for (const queue of QUEUES) {
        for (;;) {
          const message = await channel.get(`${prefix}${queue}`, { noAck: true })
          if (!message) break
          found.push(message.content.toString())
        }
      }
      await model.close()
      return found
    },
    [Symbol.asyncDispose]: () => disposal.disposeAsync(),
  }
}
