import { type Clock, isMillraceError, type Random } from '@millrace/core'

const MAX_TRIES = 4
const FIRST_PAUSE_MS = 50

/** What waiting takes: time, and chance, so that many processes do not come back at once. */
export interface Patience {
  readonly clock: Clock
  readonly random: Random
}

/** Tries again while the database cannot be reached: a restart or a failover should not cost a worker its page. */
export async function whileUnavailable<T>({ clock, random }: Patience, attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (!isMillraceError(error) || error.code !== 'DATABASE_UNAVAILABLE' || tries >= MAX_TRIES) throw error
      await clock.sleep(FIRST_PAUSE_MS * 2 ** tries * (0.5 + random.next()))
    }
  }
}
