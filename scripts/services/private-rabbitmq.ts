import { randomBytes } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { acceptsLogin, parseAmqpUrl } from './amqp-login.ts'
import { findFreePort } from './free-port.ts'
import { createPrivateFolder } from './private-folder.ts'
import { findProgramFolder } from './programs.ts'
import type { RunningService } from './service.ts'
import { type SupervisedServer, startSupervised } from './supervised-server.ts'
import { unprivilegedUser } from './unprivileged-user.ts'
import { waitUntilReady } from './wait-until-ready.ts'

/** Debian's `/usr/sbin/rabbitmq-server` insists on the system's own node; the program behind it does not. */
export function findRabbitmqFolder(): string | undefined {
  return findProgramFolder(
    ['rabbitmq-server', 'rabbitmq-defaults'],
    ['/usr/lib/rabbitmq/bin', '/opt/rabbitmq/sbin', '/opt/homebrew/opt/rabbitmq/sbin', '/usr/local/opt/rabbitmq/sbin'],
  )
}

/** A throw-away broker in a temporary folder, on free ports of the loopback interface, behind a random password. */
export async function startPrivateRabbitmq(programs: string): Promise<RunningService> {
  const broker = await prepareRabbitmq(programs, { keepData: false })
  await broker.start()
  return {
    origin: `a private broker from ${programs}`,
    environment: { AMQP_URL: broker.url },
    stop: broker.remove,
  }
}

/** A private broker that can be killed and started again, with its data or without. */
export type RestartableBroker = {
  readonly url: string
  start(): Promise<void>
  /** Ends it without a warning, as a power failure would. */
  kill(): Promise<void>
  /** Deletes its data, while it is not running. */
  wipe(): Promise<void>
  /** Stops it for good and deletes everything. Safe to call twice. */
  remove(): Promise<void>
}

export type PrivateRabbitmqOptions = {
  /** Settings of the application `rabbit`, in Erlang: rabbitmq.conf does not know all of them. */
  readonly settings?: readonly string[]
  /** Keep the data when the broker ends, until `remove`; otherwise it goes with the broker, also when we are killed. */
  readonly keepData: boolean
}

/** Prepares a private broker; `start` starts it. */
export async function prepareRabbitmq(
  programs: string,
  { settings = [], keepData }: PrivateRabbitmqOptions,
): Promise<RestartableBroker> {
  const user = unprivilegedUser('rabbitmq')
  const folder = await createPrivateFolder('rabbitmq', user)
  const password = randomBytes(16).toString('hex')
  const [port, distributionPort] = [await findFreePort(), await findFreePort()]
  const configuration = [`listeners.tcp.1 = 127.0.0.1:${port}`, 'default_user = millrace', `default_pass = ${password}`]
  await writeFile(join(folder, 'rabbitmq.conf'), `${configuration.join('\n')}\n`, { mode: 0o644 })
  await writeFile(join(folder, 'advanced.config'), `[{rabbit, [${settings.join(', ')}]}].\n`, { mode: 0o644 })
  await writeFile(join(folder, 'enabled_plugins'), '[].\n', { mode: 0o644 })
  await writeFile(join(folder, 'environment'), '', { mode: 0o644 })
  const environment = {
    PATH: process.env.PATH,
    HOME: folder,
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: `millrace-${port}@localhost`,
    RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'advanced.config'),
    RABBITMQ_CONF_ENV_FILE: join(folder, 'environment'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
  }
  const url = `amqp://millrace:${password}@127.0.0.1:${port}`
  let server: SupervisedServer | undefined

  return {
    url,
    async start() {
      // The supervisor deletes the folder that it is given when the server ends, however we ended.
      const deleted = keepData ? await createPrivateFolder('rabbitmq-run', user) : folder
      const command = [join(programs, 'rabbitmq-server')] as const
      server = startSupervised({ command, folder: deleted, environment, user, stopSignal: 'TERM' })
      await waitUntilReady('RabbitMQ', server, () => acceptsLogin(parseAmqpUrl(url)))
    },
    async kill() {
      process.kill(Number(await readFile(join(folder, 'pid'), 'utf8')), 'SIGKILL')
      await server?.stop()
    },
    wipe: () => rm(join(folder, 'mnesia'), { recursive: true, force: true }),
    async remove() {
      await server?.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
