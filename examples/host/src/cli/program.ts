import { Command as Program } from 'commander'
import { silent } from '../parse-program.ts'
import type { Command } from './command.ts'

/** What was typed: a command, and the values of its options and arguments by name. */
export interface Typed {
  readonly command: Command
  readonly given: { readonly [name: string]: unknown }
}

const EPILOGUE = `
A service that works on jobs until a signal ends it, in any number of processes:
  serve [options]           with roles, transport and database of its own; "millrace serve --help" lists them

The database is that of --database-url, else the embedded one of --data-dir, else that of
MILLRACE_DATABASE_URL or DATABASE_URL, else .millrace/data. The tenant is that of --tenant, else that of
MILLRACE_TENANT, else the only one.

Exit codes: 0 done, 1 a run failed, 2 wrong input or nothing of that name, 3 the database cannot be had.`

/**
 * Reads the command line. Undefined when it asked for help, and got it.
 *
 * @throws CommanderError when it cannot be read
 */
export function readProgram(commands: readonly Command[], argv: readonly string[]): Typed | undefined {
  const program = silent(new Program('millrace'))
    .description('Operate Millrace: migrations, jobs, runs, workers, dead letters, replay, retention.')
    .addHelpText('after', EPILOGUE)
  let typed: Typed | undefined
  for (const command of commands) {
    const words = command.name.split(' ')
    const last = words.pop() ?? ''
    const parent = words.reduce((above, word) => groupOf(above, word), program)
    const own = silent(parent.command(last)).description(command.summary)
    for (const argument of command.arguments ?? []) own.argument(argument)
    for (const [flags, meaning] of [...(command.options ?? []), ...COMMON, ...(command.destroys ? [YES] : [])]) {
      own.option(flags, meaning)
    }
    own.action((...values: unknown[]) => {
      const names = (command.arguments ?? []).map((argument) => argument.replaceAll(/[<>[\].]/g, ''))
      const args = Object.fromEntries(names.map((name, index) => [name, values[index]]))
      typed = { command, given: { ...own.opts(), ...args } }
    })
  }
  program.parse(argv, { from: 'user' })
  return typed
}

const COMMON = [
  ['--database-url <url>', 'a PostgreSQL server'],
  ['--data-dir <path>', 'directory of an embedded database'],
  ['--tenant <tenant>', 'number or name of the tenant (default: MILLRACE_TENANT, or the only one)'],
  [
    '--key-file <path>',
    'keys of stored credentials (default: MILLRACE_SECRET_KEYS_FILE for a server, else <data directory>.key)',
  ],
  ['--actor <name>', 'who does this, for the audit log (default: the account of this machine)'],
  ['--json', 'one JSON document instead of a table'],
] as const
const YES = ['--yes', 'do it: it cannot be undone'] as const

function groupOf(parent: Program, name: string): Program {
  return parent.commands.find((known) => known.name() === name) ?? silent(parent.command(name)).description(`${name} …`)
}
