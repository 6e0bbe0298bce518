import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { type BreakableServer, breakableServer } from './breakable-server.ts'
import { findFreePort } from './free-port.ts'
import { createPrivateFolder } from './private-folder.ts'
import { findProgramFolder } from './programs.ts'
import type { RunningService } from './service.ts'
import { type ServerCommand, startSupervised } from './supervised-server.ts'
import { unprivilegedUser } from './unprivileged-user.ts'
import { waitUntilReady } from './wait-until-ready.ts'

const run = promisify(execFile)

const fastRatherThanSafe = ['fsync=off', 'full_page_writes=off']

const settings = ['max_connections=200', 'max_wal_size=4GB', 'log_min_messages=fatal']

export function findPostgresFolder(): string | undefined {
  return findProgramFolder(
    ['initdb', 'postgres'],
    [
      '/usr/lib/postgresql/*/bin',
      '/usr/pgsql-*/bin',
      '/opt/homebrew/opt/postgresql*/bin',
      '/usr/local/opt/postgresql*/bin',
    ],
  )
}

/** A throw-away cluster in a temporary folder, on a free port of the loopback interface, behind a random password. */
export async function startPrivatePostgres(programs: string): Promise<RunningService> {
  const { command, url } = await createCluster(programs, fastRatherThanSafe)
  const server = startSupervised(command)
  await waitUntilReady('PostgreSQL', server, () => answers(url))
  return { origin: `a private server from ${programs}`, environment: { DATABASE_URL: url }, stop: server.stop }
}

/** A cluster that keeps what was committed, for tests that cut its power. */
export async function startBreakablePostgres(programs: string): Promise<BreakableServer> {
  const { command, url } = await createCluster(programs, [])
  const readPid = async (): Promise<number> => {
    const [pid] = (await readFile(join(command.folder, 'data', 'postmaster.pid'), 'utf8')).split('\n')
    return Number(pid)
  }
  return breakableServer({ name: 'PostgreSQL', command, url, isReady: () => answers(url), readPid })
}

async function createCluster(
  programs: string,
  extraSettings: readonly string[],
): Promise<{ readonly command: ServerCommand; readonly url: string }> {
  const user = unprivilegedUser('postgres')
  const folder = await createPrivateFolder('postgres', user)
  const environment = { PATH: process.env.PATH, HOME: folder, LC_ALL: 'C', TZ: 'UTC' }
  const password = randomBytes(16).toString('hex')
  try {
    const passwordFile = join(folder, 'password')
    await writeFile(passwordFile, password, { mode: 0o600 })
    if (user !== undefined) await chown(passwordFile, user.uid, user.gid)
    const cluster = [`--pgdata=${join(folder, 'data')}`, '--encoding=UTF8', '--no-locale', '--no-sync']
    const access = ['--username=millrace', `--pwfile=${passwordFile}`, '--auth=scram-sha-256']
    await run(join(programs, 'initdb'), [...cluster, ...access], { cwd: folder, env: environment, ...user })
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw new Error(`Failed to create a PostgreSQL cluster: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    })
  }

  const port = await findFreePort()
  const options = [
    ...settings,
    ...extraSettings,
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
  ]
  const command: ServerCommand = {
    command: [join(programs, 'postgres'), '-D', join(folder, 'data'), ...options.flatMap((option) => ['-c', option])],
    folder,
    environment,
    user,
    stopSignal: 'INT',
  }
  return { command, url: `postgres://millrace:${password}@127.0.0.1:${port}/postgres` }
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2_000 })
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}
