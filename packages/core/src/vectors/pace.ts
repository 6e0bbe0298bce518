import { nextTurn } from '../system/next-turn.ts'

/** Characters between two pauses. Cutting, hashing and counting words takes about 0.15 ms per thousand of them. */
const CHARACTERS_PER_TURN = 50_000

/**
 * Gives the thread to others whenever so much text was worked on, so that heartbeats and answers never wait for a batch of
 * long texts.
 *
 * @example
 * const pace = paceByText()
 * for (const text of texts) {
 *   count(text)
 *   await pace(text.length)
 * }
 */
export function paceByText(): (characters: number) => Promise<void> {
  let worked = 0
  return async (characters) => {
    worked += characters
    if (worked < CHARACTERS_PER_TURN) return
    worked = 0
    await nextTurn()
  }
}
