import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chown, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { findFreePort } from './free-port.ts'
import { createPrivateFolder } from './private-folder.ts'
import { unprivilegedUser } from './unprivileged-user.ts'

const run = promisify(execFile)

/** A private server that can go away and come back with its data, at the same address. */
export interface RestartablePostgres extends AsyncDisposable {
  readonly url: string
  start(): Promise<void>
  /** `kill`: as a power cut of the server, which recovers when it starts. `shutdown`: it tells its clients first. */
  stop(how: 'kill' | 'shutdown'): Promise<void>
}

/** Makes a cluster, and starts it. */
export async function restartablePostgres(programs: string): Promise<RestartablePostgres> {
  const user = unprivilegedUser('postgres')
  const folder = await createPrivateFolder('restartable', user)
  const environment = { PATH: process.env.PATH, HOME: folder, LC_ALL: 'C', TZ: 'UTC' }
  const password = randomBytes(16).toString('hex')
  const passwordFile = join(folder, 'password')
  await writeFile(passwordFile, password, { mode: 0o600 })
  if (user !== undefined) await chown(passwordFile, user.uid, user.gid)
  const data = join(folder, 'data')
  const cluster = [`--pgdata=${data}`, '--encoding=UTF8', '--no-locale', '--no-sync', '--auth=scram-sha-256']
  const access = ['--username=millrace', `--pwfile=${passwordFile}`]
  await run(join(programs, 'initdb'), [...cluster, ...access], { cwd: folder, env: environment, ...user })
  const port = await findFreePort()
  const url = `postgres://millrace:${password}@127.0.0.1:${port}/postgres`
  const settings = ['fsync=off', 'max_connections=50', `port=${port}`, 'listen_addresses=127.0.0.1']
  const options = [...settings, 'unix_socket_directories='].flatMap((setting) => ['-c', setting])
  let server: ChildProcess | undefined

  const stop = async (how: 'kill' | 'shutdown'): Promise<void> => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'exit')
    // QUIT is PostgreSQL's immediate shutdown: no checkpoint, and recovery at the next start.
    server.kill(how === 'kill' ? 'SIGQUIT' : 'SIGINT')
    await ended
  }
  const start = async (): Promise<void> => {
    server = spawn(join(programs, 'postgres'), ['-D', data, ...options], {
      cwd: folder,
      env: environment,
      stdio: 'ignore',
      ...user,
    })
    while (!(await answers(url))) if (server.exitCode !== null) throw new Error('Failed to start PostgreSQL: it ended.')
  }
  await start()
  return {
    url,
    start,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop('kill')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.end()
    return true
  } catch {
    return false
  }
}
