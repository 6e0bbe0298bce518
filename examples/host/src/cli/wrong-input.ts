import { MillraceError } from '@millrace/core'

/** What was typed cannot be meant. */
export function wrongInput(command: string, mistakes: readonly string[]): MillraceError {
  return new MillraceError('INVALID_CONFIG', {
    message: `Failed to run ${command}: ${mistakes.join('; ')}. Correct ${mistakes.length === 1 ? 'it' : 'them'}; --help shows how.`,
  })
}
