import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const LOOK_EVERY_MS = 200

/**
 * Runs `work` while no other process prepares the same checkout. Who waited should look again whether anything is left to
 * do. The lock is a file that names its owner; a dead owner's lock is taken over.
 */
export function oneAtATime(root, work) {
  const lock = join(root, '.millrace', 'preparing.lock')
  take(lock)
  try {
    return work()
  } finally {
    // Somebody who was told how may have removed it.
    rmSync(lock, { force: true })
  }
}

function take(lock) {
  mkdirSync(join(lock, '..'), { recursive: true })
  const draft = `${lock}.${process.pid}`
  writeFileSync(draft, String(process.pid))
  let told = false
  try {
    while (!linked(draft, lock)) {
      const owner = ownerOf(lock)
      if (owner === undefined) continue
      if (!isAlive(owner)) {
        removeStale(lock, owner)
        continue
      }
      if (!told)
        console.error(`Waiting for process ${owner}, which prepares this checkout. If it does not, remove ${lock}.`)
      told = true
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_EVERY_MS)
    }
  } finally {
    unlinkSync(draft)
  }
}

/** What file systems answer that have no hard links. There nobody waits. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'ENOSYS']

/** A hard link appears with its content and fails when the name exists: that is the atomic step. */
function linked(draft, lock) {
  try {
    linkSync(draft, lock)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    if (NO_LINKS.includes(error.code)) return true
    throw error
  }
}

/** Undefined when it was let go just now. */
function ownerOf(lock) {
  try {
    return readFileSync(lock, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Moved away before it is judged again: between reading and moving, another process may have taken the lock over. */
function removeStale(lock, owner) {
  const aside = `${lock}.${process.pid}.stale`
  try {
    renameSync(lock, aside)
  } catch (error) {
    if (error.code === 'ENOENT') return
    throw error
  }
  if (ownerOf(aside) !== owner) linked(aside, lock)
  unlinkSync(aside)
}

/** Our own number in a lock that we do not hold is that of a container which was started again. */
function isAlive(owner) {
  if (Number(owner) === process.pid) return false
  try {
    process.kill(Number(owner), 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
