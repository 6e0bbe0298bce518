import { randomBytes } from 'node:crypto'
import { open, readFile, rename } from 'node:fs/promises'
import { MillraceError } from '@millrace/core'
import type { SecretKey } from '@millrace/sink-postgres'
import { readOrMakeKeys } from '../secret-key.ts'

/** The file that holds the keys of stored credentials: the first seals, all open. */
export interface KeyFile {
  readonly path: string
  read(): Promise<readonly [SecretKey, ...SecretKey[]]>
  /** Puts a new key first; the older ones go on opening. @returns its name */
  add(): Promise<string>
  /** Keeps the first key only. */
  forgetOlder(): Promise<void>
}

export function keyFile(path: string): KeyFile {
  const write = async (keys: readonly SecretKey[]): Promise<void> => {
    const draft = `${path}.${process.pid}.new`
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(keys.map(({ id, key }) => `${id}:${Buffer.from(key).toString('base64')}\n`).join(''))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  }
  return {
    path,
    read: () => readOrMakeKeys(path),
    async add() {
      const keys = await readOrMakeKeys(path)
      const id = `${new Date().toISOString().slice(0, 10)}-${randomBytes(3).toString('hex')}`
      await write([{ id, key: randomBytes(32) }, ...keys])
      return id
    },
    async forgetOlder() {
      const [first] = await readOrMakeKeys(path)
      await write([first])
    },
  }
}

/** A key file that must exist already: making one for a database that has credentials would only lead to confusion. */
export async function existingKeys(path: string): Promise<void> {
  await readFile(path).catch((cause: unknown) => {
    throw new MillraceError('INVALID_CONFIG', {
      message: `Failed to read the keys in ${path}: there is no such file. Name it with --key-file.`,
      cause,
    })
  })
}
