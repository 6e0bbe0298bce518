import { MillraceError } from '@millrace/core'
import { type Command, CommanderError } from 'commander'

/** What was given on the command line, not judged yet: texts and flags. */
export type CommandLine = { readonly [option: string]: unknown }

/**
 * Reads a command line that consists of options. Undefined when it asked for help, and got it.
 *
 * @throws INVALID_CONFIG when it holds what is no option
 */
export function parseProgram(program: Command, argv: readonly string[], doing: string): CommandLine | undefined {
  try {
    return silent(program).parse(argv, { from: 'user' }).opts()
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return undefined
    throw new MillraceError('INVALID_CONFIG', {
      message: `Failed to ${doing}: ${reasonOf(error)}. Correct it; --help lists all options.`,
      cause: error,
    })
  }
}

/** A program that throws what it has to complain about, and writes nothing. */
export function silent(program: Command): Command {
  return program
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
}

/** A complaint as a part of a sentence. */
export function reasonOf(error: CommanderError): string {
  return error.message
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')
    .replace(/\.$/, '')
}
