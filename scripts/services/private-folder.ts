import { chown, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { UnprivilegedUser } from './unprivileged-user.ts'

/** A new temporary folder that belongs to the user who will run the server in it. */
export async function createPrivateFolder(name: string, user: UnprivilegedUser | undefined): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `millrace-${name}-`))
  if (user !== undefined) await chown(folder, user.uid, user.gid)
  return folder
}
