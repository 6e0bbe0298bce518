import process from 'node:process'
import { Command, InvalidArgumentError } from 'commander'
import { startJiraSimulator } from './jira/start-jira-simulator.ts'

const integer = (text: string): number => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('It must be a whole number.')
  return value
}

/** Serves a simulated Jira site until it is interrupted. Its time starts at the real present, and runs. */
const program = new Command('simulators')
  .description('Serve a simulated Jira Cloud site')
  .option('--port <port>', 'port to listen on', integer, 4010)
  .option('--host <host>', 'address to listen on', '127.0.0.1')
  .option('--issues <count>', 'how many issues exist', integer, 1000)
  .option('--projects <count>', 'how many live projects exist', integer, 6)
  .option('--seed <seed>', 'what everything is drawn from', integer, 1)
  .option('--issue-bytes <bytes>', 'average size of an issue', integer, 8000)
  .option('--quiet', "a small team's site, where little happens to an issue")
  .option('--latency-ms <ms>', 'added to every answer', integer, 0)
  .option('--frozen', 'time stands still, so that answers stay the same byte for byte')
  .option('--time-zone <zone>', "the searching user's time zone", 'Etc/UTC')
  .action(async ({ frozen = false, ...options }) => {
    const jira = await startJiraSimulator({ ...options, now: Date.now(), clockRuns: !frozen })
    process.stdout.write(`Jira at ${jira.url}  user demo@example.com  token demo-token  ${options.issues} issues\n`)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void jira.close())
  })

await program.parseAsync()
