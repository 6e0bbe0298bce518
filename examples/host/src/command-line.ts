import { Command } from 'commander'
import { type CommandLine, parseProgram } from './parse-program.ts'

const EPILOGUE = `
"npm start -- serve" is the same as a service, in as many processes as you like ("npm start -- serve --help"), and "npx millrace"
its command line: jobs, runs, workers, dead letters, replay, retention, keys.

A real Jira, a real GitHub or both are read instead of the simulators when these variables are set:
  JIRA_BASE_URL        https://your-site.atlassian.net
  JIRA_EMAIL           the account's address; without it the token is sent as a bearer token
  JIRA_API_TOKEN       an API token of that account
  GITHUB_BASE_URL      https://api.github.com, or https://your-host/api/v3
  GITHUB_TOKEN         a personal access token
  GITHUB_REPOSITORIES  owner/name or owner/*, separated by commas; without it all that the token reaches

Exit codes: 0 finished, 1 a run failed, 2 wrong options, 3 cannot start, 130 interrupted.`

/**
 * Reads the command line. Undefined when it asked for help, and got it.
 *
 * @throws INVALID_CONFIG when it holds what is no option
 */
export function readCommandLine(argv: readonly string[]): CommandLine | undefined {
  const program = new Command('npm start --')
    .description(
      'Mirror Jira and GitHub into PostgreSQL and make them searchable: simulators, embedded database, progress.',
    )
    .option('--once', 'exit after the runs instead of serving on')
    .option('--issues <count>', 'how many issues the simulated Jira has (default: 1000)')
    .option('--seed <number>', 'what the simulated sites are drawn from (default: 1)')
    .option('--issue-bytes <count>', 'average size of a simulated issue (default: 8000)')
    .option('--http-port <number>', 'port that it serves on, if it serves on (default: 8080, or a free one)')
    .option('--pull-requests <count>', 'how many pull requests the simulated GitHub has (default: 80)')
    .option('--port <number>', 'port of the simulated Jira, and the next one of GitHub (default: free ones)')
    .option(
      '--data-dir <path>',
      "directory of the embedded database, or 'memory' (default: .millrace/data, of real sites .millrace/jira or .millrace/github)",
    )
    .option('--database-url <url>', 'a PostgreSQL server instead of the embedded database')
    .option('--full', 'read everything again instead of what changed')
    .option('--reset', 'drop all Millrace tables of that database first, with everything in them')
    .option('--batch-size <count>', 'items per request, 1 to 100 (default: as many as each service bears)')
    .option('--max-attempts <count>', 'tries of a piece of work before it counts as failed (default: 5)')
    .option('--retries <count>', 'tries of a request after the first one (default: 4)')
    .option('--sql <statement>', 'show what a statement finds in the database, and exit')
    .option('--quiet', 'no progress, only the summary')
    .option('--log-level <level>', 'logs on standard error: silent, error, warn, info, debug (default: silent)')
    .addHelpText('after', EPILOGUE)
  return parseProgram(program, argv, 'start')
}
