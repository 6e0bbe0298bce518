/** Turns texts into vectors. */
export interface EmbeddingProvider {
  /** Provider and model, part of the profile; for example `hash:sha256`. */
  readonly name: string
  readonly dimensions: number
  /** Texts of one call at most. */
  readonly maxBatch: number
  /**
   * One vector per text, in order, each of `dimensions` numbers.
   *
   * @throws EMBED_FAILED; `retryable` false when a text of the batch is at fault
   */
  embed(texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]>
}
