import { setTimeout as sleep } from 'node:timers/promises'
import { isMillraceError } from '@millrace/core'

const MAX_TRIES = 4
const FIRST_PAUSE_MS = 50

/** Tries again while the database cannot be reached: a restart or a failover should not cost a worker its page. */
export async function whileUnavailable<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (!isMillraceError(error) || error.code !== 'DATABASE_UNAVAILABLE' || tries >= MAX_TRIES) throw error
      await sleep(FIRST_PAUSE_MS * 2 ** tries * (0.5 + Math.random()))
    }
  }
}
