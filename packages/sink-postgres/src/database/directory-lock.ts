import { link, mkdir, readFile, rename, unlink, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { MillraceError } from '@millrace/core'

/** Held by this process, since a process does not exclude itself by its pid. */
const held = new Set<string>()

/**
 * Keeps two processes from opening one PGlite directory, which would destroy it. The lock is a file beside the directory
 * that names its owner; a dead owner's lock is taken over.
 *
 * @returns releases the lock
 * @throws DATABASE_UNAVAILABLE while a living process holds it
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  const path = `${resolve(directory)}.lock`
  const refuse = (owner: string): never => {
    throw new MillraceError('DATABASE_UNAVAILABLE', {
      message: `Failed to open the embedded database ${directory}: process ${owner} has it open. Stop that process, or use a PostgreSQL server to share data.`,
      context: { lock: path },
    })
  }
  if (held.has(path)) refuse(String(process.pid))
  held.add(path)
  try {
    await mkdir(dirname(path), { recursive: true })
    const mine = `${process.pid} ${(await startOf(process.pid)) ?? ''}`.trim()
    const draft = `${path}.${process.pid}`
    await writeFile(draft, mine)
    try {
      while (!(await linked(draft, path))) {
        const found = await readFile(path, 'utf8').catch(() => undefined)
        if (found === undefined) continue
        if (await isAlive(found)) refuse(found.split(' ')[0] ?? found)
        await removeStale(path, found)
      }
    } finally {
      await unlink(draft)
    }
  } catch (error) {
    held.delete(path)
    throw error
  }
  return async () => {
    await unlink(path).catch(() => undefined)
    held.delete(path)
  }
}

/** A hard link appears with its content and fails when the name exists: that is the atomic step. */
async function linked(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/** Moved away before it is judged again: between reading and moving, another process may have taken the lock over. */
async function removeStale(path: string, stale: string): Promise<void> {
  const aside = `${path}.${process.pid}.stale`
  const moved = await rename(path, aside).then(
    () => true,
    () => false,
  )
  if (!moved) return
  if ((await readFile(aside, 'utf8')) !== stale) await linked(aside, path)
  await unlink(aside)
}

async function isAlive(owner: string): Promise<boolean> {
  const [pid = '', start] = owner.split(' ')
  // Our own pid in a lock that we do not hold: a container that was started again.
  if (Number(pid) === process.pid) return false
  try {
    process.kill(Number(pid), 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
  return start === undefined || start === (await startOf(Number(pid)))
}

/** When a process started, in clock ticks since boot: tells it from a later one of the same pid. Linux only. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}
