import { readCommandLine } from './command-line.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { explain } from './explain.ts'
import { runHost } from './host.ts'
import { readOptions } from './options.ts'
import { showQuery } from './sql-query.ts'

process.exitCode = await main()

async function main(): Promise<ExitCode> {
  try {
    const commandLine = readCommandLine(process.argv.slice(2))
    if (!commandLine) return EXIT.finished
    const options = readOptions(commandLine, process.env)
    if (options.sql === undefined) return await runHost(options)
    await showQuery(options.database, options.sql)
    return EXIT.finished
  } catch (error) {
    const { sentence, exitCode } = explain(error)
    process.stderr.write(`${sentence}\n`)
    return exitCode
  }
}
