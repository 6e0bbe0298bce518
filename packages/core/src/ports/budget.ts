/**
 * What a limit is about: talking to the provider of an integration, or having its texts embedded. Claims look at these two;
 * of embedding, requests and tokens are counted apart.
 */
export type BudgetName = 'extraction' | 'embedding' | 'embedding-requests' | 'embedding-tokens'

/** Whose budget. */
export interface BudgetScope {
  readonly tenantId: number
  readonly integrationId: number
  readonly budget: BudgetName
}

/** What a provider said it would still answer, and when it begins to count anew. */
export interface Quota {
  readonly remaining: number
  readonly resetsAt: Date
}

export interface BudgetState {
  /** Nobody asks the provider before; undefined when nothing is in the way. */
  readonly blockedUntil: Date | undefined
  /** Rows that may be leased at once; undefined for any number. */
  readonly concurrency: number | undefined
  /** Points that nobody drew yet, and until when they have to last. */
  readonly quota: Quota | undefined
}

export interface DrawRequest {
  /** As many as will be spent soon. */
  readonly points: number
  /** What the provider said last. */
  readonly quota: Quota
}

/**
 * What all processes together may ask of a provider. It guards politely, and decides nothing: the provider's own refusal
 * is final, and a request that nobody counted costs a refusal, no data.
 *
 * Claims obey it: a blocked integration's rows stay where they are, without a lease, a message or a connection, and rows
 * beyond `concurrency` wait for a free place. Extraction has its places and its block, embedding its own; what only talks
 * to the database needs neither.
 */
export interface Budget {
  /** The provider asked to be left alone. Only ever grows; passes by itself. */
  block(scope: BudgetScope, until: Date): Promise<void>
  /**
   * At most so many rows of this integration are leased at once, in all processes together.
   *
   * @param concurrency undefined for any number, which is where it begins
   */
  limitConcurrency(scope: BudgetScope, concurrency: number | undefined): Promise<void>
  /**
   * Takes points out of what the provider still answers, for one process to spend. All draws of a window together never
   * exceed what the provider named at its beginning. With none left, everybody is blocked until the window ends.
   *
   * @returns how many were taken
   */
  draw(scope: BudgetScope, request: DrawRequest): Promise<number>
  state(scope: BudgetScope): Promise<BudgetState>
}
