import type { Logger } from '@millrace/core'
import { isTooHeavy } from './github-failure.ts'

/** How much is asked for at a time, the most first. */
export interface SizeLadder {
  readonly current: () => number
  /** Runs a query at the present size; where that is too heavy, at smaller ones. */
  readonly run: <T>(attempt: (size: number) => Promise<T>) => Promise<T>
}

/** After so many pages that went well a larger size is tried again. */
const PAGES_BEFORE_GROWTH = 8

/**
 * Finds the page size that the service can bear: one step down when a page is too heavy, one up after a while. The same
 * page fails again at the same size, so it is not repeated there.
 *
 * @param most what is never exceeded
 * @param present the size to go on with, where something was read before
 * @throws what the smallest size throws
 */
export function sizeLadder(sizes: readonly number[], most: number, log: Logger, present: number = most): SizeLadder {
  let position = Math.max(
    0,
    sizes.findIndex((size) => size <= Math.min(most, present)),
  )
  let good = 0
  const sizeAt = (index: number): number => sizes[index] ?? 1
  return {
    current: () => sizeAt(position),
    async run(attempt) {
      for (;;) {
        try {
          const result = await attempt(sizeAt(position))
          good += 1
          if (good >= PAGES_BEFORE_GROWTH && position > 0 && sizeAt(position - 1) <= most) {
            position -= 1
            good = 0
          }
          return result
        } catch (error) {
          if (!isTooHeavy(error) || position === sizes.length - 1) throw error
          position += 1
          good = 0
          log.info({ size: sizeAt(position) }, 'A page was too heavy for GitHub; a smaller one is asked for.')
        }
      }
    },
  }
}
