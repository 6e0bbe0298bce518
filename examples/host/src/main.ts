import { readCommandLine } from './command-line.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { explain } from './explain.ts'
import { runHost } from './host.ts'
import { readOptions } from './options.ts'
import { serve } from './serve/serve.ts'
import { readServeCommand } from './serve/serve-command.ts'
import { readServeOptions } from './serve/serve-options.ts'
import { showQuery } from './sql-query.ts'

process.exitCode = await main(process.argv.slice(2))

async function main(argv: readonly string[]): Promise<ExitCode> {
  try {
    return argv[0] === 'serve' ? await runServe(argv.slice(1)) : await runDemo(argv)
  } catch (error) {
    const { sentence, exitCode } = explain(error)
    process.stderr.write(`${sentence}\n`)
    return exitCode
  }
}

async function runDemo(argv: readonly string[]): Promise<ExitCode> {
  const commandLine = readCommandLine(argv)
  if (!commandLine) return EXIT.finished
  const options = readOptions(commandLine, process.env)
  if (options.sql === undefined) return await runHost(options)
  await showQuery(options.database, options.sql)
  return EXIT.finished
}

async function runServe(argv: readonly string[]): Promise<ExitCode> {
  const commandLine = readServeCommand(argv)
  return commandLine ? await serve(readServeOptions(commandLine, process.env)) : EXIT.finished
}
