import { type ErrorCode, errorTable } from './error-table.ts'

export interface MillraceErrorOptions {
  /** One sentence of the form "Failed to ⟨verb⟩ ⟨object⟩: ⟨reason⟩. ⟨remedy⟩". Never holds a secret. */
  readonly message: string
  /** Overrides the class that the error table gives to the code. */
  readonly retryable?: boolean
  /** Earliest time of the next try, for errors that know it. */
  readonly retryAt?: Date
  readonly cause?: unknown
  /** Facts for logs and dead rows: ids, counts, statuses. Never holds a secret. */
  readonly context?: { readonly [key: string]: unknown }
}

/** The one error class of Millrace; callers branch on `code`. */
export class MillraceError extends Error {
  readonly code: ErrorCode
  readonly retryable: boolean
  readonly retryAt: Date | undefined
  readonly context: { readonly [key: string]: unknown }

  constructor(code: ErrorCode, options: MillraceErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'MillraceError'
    this.code = code
    this.retryable = options.retryable ?? errorTable[code].retryable
    this.retryAt = options.retryAt
    this.context = options.context ?? {}
  }
}

/** Recognizes a MillraceError, also one of another copy of this package. */
export function isMillraceError(error: unknown): error is MillraceError {
  return error instanceof Error && error.name === 'MillraceError' && 'code' in error && 'retryable' in error
}
