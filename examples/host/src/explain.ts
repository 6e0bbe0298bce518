import { type ErrorCode, isMillraceError } from '@millrace/core'
import { CannotStart } from './cannot-start.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'

/** Mistakes in what the program was given; everything else that ends it early is a matter of circumstances. */
const MISTAKES: readonly ErrorCode[] = [
  'INVALID_CONFIG',
  'INVALID_DEFINITION',
  'FORBIDDEN_URL',
  'UNAUTHORIZED',
  'NOT_JSON',
]

/** What ended the program before its run did: one sentence with the error's code, and the exit code. */
export function explain(error: unknown): { readonly sentence: string; readonly exitCode: ExitCode } {
  if (isMillraceError(error)) {
    const exitCode = MISTAKES.includes(error.code) ? EXIT.badOptions : EXIT.cannotStart
    return { sentence: `${error.code}: ${error.message}`, exitCode }
  }
  if (error instanceof CannotStart) return { sentence: `${error.code}: ${error.message}`, exitCode: EXIT.cannotStart }
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { sentence: `INTERNAL: Failed to go on: ${details}. Please report it.`, exitCode: EXIT.cannotStart }
}
