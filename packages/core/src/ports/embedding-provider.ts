/** Turns texts into vectors. */
export interface EmbeddingProvider {
  /** Provider and model, part of the profile; for example `hash:sha256`. */
  readonly name: string
  readonly dimensions: number
  /**
   * Whether near vectors mean near meanings.
   * @default true. Consequence of false: a search says that it finds shared words only.
   */
  readonly semantic?: boolean
  /** Texts of one call at most. */
  readonly maxBatch: number
  /**
   * One vector per text, in order, each of `dimensions` numbers.
   *
   * @throws EMBED_FAILED; `retryable` false when a text of the batch is at fault: the caller halves the batch until that
   *   text is alone. RATE_LIMITED with `retryAt` when the provider asks to wait for longer than a request may be held.
   */
  embed(texts: readonly string[], signal: AbortSignal): Promise<readonly Float32Array[]>
}
