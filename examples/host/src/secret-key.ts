import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { SecretKey } from '@millrace/sink-postgres'
import { CannotStart } from './cannot-start.ts'
import { parseSecretKeys } from './serve/secret-keys.ts'

const KEY_BYTES = 32

/**
 * The keys that encrypt stored credentials: the first seals, all open. One is made where there is none, readable by its owner
 * only, and kept outside of the database that it protects.
 *
 * @throws CannotStart when the file cannot be read or made
 */
export async function readOrMakeKeys(path: string): Promise<readonly [SecretKey, ...SecretKey[]]> {
  try {
    await mkdir(dirname(path), { recursive: true })
    await makeKey(path)
    const keys = parseSecretKeys(await readFile(path, 'utf8'))
    if (!keys) throw new RangeError(`it does not hold keys of ${KEY_BYTES} bytes`)
    return keys
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const message = `Failed to use the key in ${path}: ${reason}. Make the file readable, or remove it and store the credentials anew.`
    throw new CannotStart('KEY_UNAVAILABLE', message, error)
  }
}

/** A link appears with its content, and fails when the name exists: no crash leaves half a key, and one process makes it. */
async function makeKey(path: string): Promise<void> {
  const draft = `${path}.${process.pid}`
  const file = await open(draft, 'w', 0o600)
  try {
    await file.writeFile(randomBytes(KEY_BYTES).toString('base64'))
    await file.sync()
    await link(draft, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    await file.close()
    await unlink(draft)
  }
}
