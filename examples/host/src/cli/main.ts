import { isMillraceError } from '@millrace/core'
import { CommanderError } from 'commander'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { explain } from '../explain.ts'
import { reasonOf } from '../parse-program.ts'
import { ALL_COMMANDS } from './all-commands.ts'
import { renderAnswer } from './print-answer.ts'
import { readProgram } from './program.ts'
import { runCommand } from './run-command.ts'

/** What was named cannot be had; trying again the same way ends the same way. */
const WRONG_NAMES = ['NOT_FOUND', 'RUN_UNKNOWN', 'RUN_REFUSED']

process.exitCode = await main(process.argv.slice(2))

async function main(argv: readonly string[]): Promise<ExitCode> {
  try {
    const typed = readProgram(ALL_COMMANDS, argv)
    if (!typed) return EXIT.finished
    const { answer, json } = await runCommand(typed, process.env)
    for (const part of renderAnswer(answer, json)) process.stdout.write(part)
    return answer.failed ? EXIT.runFailed : EXIT.finished
  } catch (error) {
    if (error instanceof CommanderError) return complain(error)
    const { sentence, exitCode } = explain(error)
    process.stderr.write(`${sentence}\n`)
    const isNamedWrong = isMillraceError(error) && WRONG_NAMES.includes(error.code)
    return isNamedWrong ? EXIT.badOptions : exitCode
  }
}

function complain(error: CommanderError): ExitCode {
  if (error.exitCode === 0) return EXIT.finished
  const reason = error.message === '(outputHelp)' ? 'no command was named' : reasonOf(error)
  process.stderr.write(`INVALID_CONFIG: Failed to run: ${reason}. Correct it; --help lists all commands.\n`)
  return EXIT.badOptions
}
