import { randomBytes } from 'node:crypto'
import pg from 'pg'

export interface ScratchDatabase extends AsyncDisposable {
  readonly url: string
}

/** An empty database on the server, dropped when it is disposed of. */
export async function scratchDatabase(serverUrl: string): Promise<ScratchDatabase> {
  const name = `millrace_bench_${randomBytes(6).toString('hex')}`
  await execute(serverUrl, `CREATE DATABASE ${name}`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return {
    url: url.href,
    [Symbol.asyncDispose]: () => execute(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`),
  }
}

/** What was written before must not be flushed at the cost of what is measured next. */
export async function checkpoint(serverUrl: string): Promise<void> {
  await execute(serverUrl, 'CHECKPOINT').catch(() => undefined)
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
