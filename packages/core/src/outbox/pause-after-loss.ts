/** Times the number of workers that were lost before, which counts to 3. */
const LONGEST_PAUSE_MS = 4_000
const MOST_LOSSES = 3

/**
 * How long a row waits whose worker vanished, in milliseconds. The first time not at all. After that, rows that were held together
 * come back apart from each other: one of them may be what ends its workers, and the others must not share its attempts again
 * and again. Follows from the row alone, so that every ledger says the same. Where one process
 * has the ledger to itself, somebody has just started it again and waits: nothing pauses then.
 *
 * @param row.attempts so far, the lost one included
 */
export function pauseAfterLossMs({ id, attempts }: { readonly id: number; readonly attempts: number }): number {
  // Multiples of the golden ratio: neighbours in a queue come out far from each other.
  const place = ((id * 618 + attempts * 377) % 1_000) / 1_000
  return Math.floor(Math.min(attempts - 1, MOST_LOSSES) * LONGEST_PAUSE_MS * place)
}
