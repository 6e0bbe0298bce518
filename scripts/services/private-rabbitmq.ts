import { randomBytes } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { acceptsLogin, parseAmqpUrl } from './amqp-login.ts'
import { type BreakableServer, breakableServer } from './breakable-server.ts'
import { findFreePort } from './free-port.ts'
import { createPrivateFolder } from './private-folder.ts'
import { findProgramFolder } from './programs.ts'
import type { RunningService } from './service.ts'
import { type ServerCommand, startSupervised } from './supervised-server.ts'
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
  const { command, url } = await prepareBroker(programs, [])
  const server = startSupervised(command)
  await waitUntilReady('RabbitMQ', server, () => accepts(url))
  return { origin: `a private broker from ${programs}`, environment: { AMQP_URL: url }, stop: server.stop }
}

/** A broker whose data can be lost as well. */
export interface BreakableRabbitmq extends BreakableServer {
  /** Deletes its data, while it is not running. */
  wipe(): Promise<void>
}

/**
 * A broker that keeps what it confirmed, for tests that kill it.
 *
 * @param settings of the application `rabbit`, in Erlang: rabbitmq.conf does not know all of them
 */
export async function startBreakableRabbitmq(
  programs: string,
  settings: readonly string[] = [],
): Promise<BreakableRabbitmq> {
  const { command, url } = await prepareBroker(programs, settings)
  const readPid = async (): Promise<number> => Number(await readFile(join(command.folder, 'pid'), 'utf8'))
  const server = await breakableServer({ name: 'RabbitMQ', command, url, isReady: () => accepts(url), readPid })
  return { ...server, wipe: () => rm(join(command.folder, 'mnesia'), { recursive: true, force: true }) }
}

async function prepareBroker(
  programs: string,
  settings: readonly string[],
): Promise<{ readonly command: ServerCommand; readonly url: string }> {
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
  const command: ServerCommand = {
    command: [join(programs, 'rabbitmq-server')],
    folder,
    environment,
    user,
    stopSignal: 'TERM',
  }
  return { command, url: `amqp://millrace:${password}@127.0.0.1:${port}` }
}

function accepts(url: string): Promise<boolean> {
  return acceptsLogin(parseAmqpUrl(url))
}
