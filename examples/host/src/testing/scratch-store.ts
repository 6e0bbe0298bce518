import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import pg from 'pg'
import type { DatabaseChoice } from '../options.ts'
import { scratchFolder } from './scratch-folder.ts'

/** An empty place for rows, and how to tell the program about it. */
export interface ScratchStore extends AsyncDisposable {
  readonly choice: DatabaseChoice
  readonly argv: readonly string[]
}

/** A database of its own on the server of this URL, or an embedded one where there is none. */
export async function scratchStore(serverUrl: string | undefined): Promise<ScratchStore> {
  const folder = await scratchFolder()
  const directory = join(folder.path, 'data')
  if (!serverUrl) {
    const argv = ['--data-dir', directory]
    return { choice: { kind: 'embedded', directory }, argv, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
  }
  const name = `millrace_host_${randomBytes(6).toString('hex')}`
  await administer(serverUrl, `CREATE DATABASE ${name}`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return {
    choice: { kind: 'server', url: url.href },
    argv: ['--database-url', url.href],
    [Symbol.asyncDispose]: async () => {
      await administer(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`)
      await folder[Symbol.asyncDispose]()
    },
  }
}

async function administer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
