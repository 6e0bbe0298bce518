/** Randomness, as core sees it. */
export interface Random {
  /** A number from 0 (included) to 1 (excluded). */
  next(): number
  /** A fresh identifier, for workers and requests; never for rows, whose ids are derived. */
  id(): string
}
