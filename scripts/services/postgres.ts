import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { installDebianPackage } from './debian-packages.ts'
import { findPostgresFolder, startPrivatePostgres } from './private-postgres.ts'
import type { MissingService, RunningService, Service } from './service.ts'

/** PostgreSQL, as `DATABASE_URL`. The role may create databases and roles, because tests do. */
export const postgres: Service = {
  name: 'PostgreSQL',
  async provide() {
    return (await givenServer()) ?? (await usualServer()) ?? (await privateServer())
  },
}

async function givenServer(): Promise<RunningService | undefined> {
  const url = process.env.DATABASE_URL
  if (url === undefined || url === '') return undefined
  const refusal = await whyRefused({ connectionString: url })
  if (refusal !== undefined) {
    throw new Error(`Failed to use DATABASE_URL: ${refusal}. Correct it, or unset it to have a private server started.`)
  }
  return { origin: 'DATABASE_URL', environment: {}, stop: async () => {} }
}

/** On a developer's own server, tests get a database of their own, which is dropped afterwards. */
async function usualServer(): Promise<RunningService | undefined> {
  const host = process.env.PGHOST ?? '127.0.0.1'
  const port = Number(process.env.PGPORT ?? 5432)
  const user = process.env.PGUSER ?? 'postgres'
  const password = process.env.PGPASSWORD ?? 'postgres'
  const server = { host, port, user, password, database: 'postgres' }
  if ((await whyRefused(server)) !== undefined) return undefined

  const database = `millrace_test_${randomBytes(6).toString('hex')}`
  await query(server, `CREATE DATABASE ${database}`)
  const url = new URL(`postgres://${host.startsWith('/') ? 'localhost' : host}:${port}/${database}`)
  url.username = user
  url.password = password
  if (host.startsWith('/')) url.searchParams.set('host', host)
  let dropped: Promise<void> | undefined
  return {
    origin: `the server at ${host}:${port}`,
    environment: { DATABASE_URL: url.href },
    stop: () => (dropped ??= query(server, `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`)),
  }
}

async function privateServer(): Promise<RunningService | MissingService> {
  if (process.platform === 'win32') return { reason: 'no private server is started on Windows; set DATABASE_URL' }
  const folder = findPostgresFolder() ?? (installDebianPackage('postgresql') ? findPostgresFolder() : undefined)
  if (folder === undefined) {
    return { reason: 'DATABASE_URL is not set, no server answers on port 5432, and initdb is not installed' }
  }
  return startPrivatePostgres(folder)
}

/** Undefined when the server lets us in and lets us create what tests create. */
async function whyRefused(config: pg.ClientConfig): Promise<string | undefined> {
  const client = new pg.Client({ ...config, connectionTimeoutMillis: 3_000 })
  try {
    await client.connect()
    const { rows } = await client.query<{ allowed: boolean }>(
      'SELECT rolsuper OR (rolcreatedb AND rolcreaterole) AS allowed FROM pg_roles WHERE rolname = current_user',
    )
    return rows[0]?.allowed === true ? undefined : 'the role may not create databases and roles'
  } catch (error) {
    return error instanceof Error ? error.message || error.name : String(error)
  } finally {
    await client.end().catch(() => {})
  }
}

async function query(config: pg.ClientConfig, statement: string): Promise<void> {
  const client = new pg.Client(config)
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
