import type { Page } from '../contracts/step.ts'

/** The pages that a process has received and not committed yet, of all of its units: what it takes in memory follows from them. */
export interface PagesInHand {
  /** Opens the account of one unit, which has to be closed. */
  open(): UnitPages
}

/** The pages of one unit. */
export interface UnitPages {
  /**
   * Resolves when the unit may ask for another page: as long as the process has room, and always when the unit has no page in
   * hand, so that every unit moves on.
   */
  room(): Promise<void>
  /** Counts a page that was received. */
  take(page: Page<unknown>): void
  /** Counts it off again, once it is committed. */
  put(page: Page<unknown>): void
  /** Counts off what the unit still has, and lets it wait no more. */
  close(): void
}

/** @param limit bytes as received; a unit with a page in hand asks for no more pages from there on */
export function pagesInHand(limit: number): PagesInHand {
  let held = 0
  let changed = Promise.withResolvers<void>()
  const give = (bytes: number): void => {
    held -= bytes
    changed.resolve()
    changed = Promise.withResolvers()
  }
  return {
    open: () => {
      let own = 0
      let closed = false
      return {
        room: async () => {
          while (!closed && own > 0 && held >= limit) await changed.promise
        },
        take: (page) => {
          if (closed) return
          const bytes = sizeOf(page)
          own += bytes
          held += bytes
        },
        put: (page) => {
          if (closed) return
          const bytes = sizeOf(page)
          own -= bytes
          give(bytes)
        },
        close: () => {
          closed = true
          give(own)
          own = 0
        },
      }
    },
  }
}

/** Text counts by its characters. What is neither text nor bytes is refused later. */
function sizeOf(page: Page<unknown>): number {
  const bodies = 'bodies' in page ? page.bodies : [page.body]
  return bodies.reduce((sum, body) => sum + (typeof body === 'string' ? body.length : (body?.byteLength ?? 0)), 0)
}
