import process from 'node:process'
import { Command, InvalidArgumentError } from 'commander'
import { startGithubSimulator } from './start-github-simulator.ts'

const integer = (text: string): number => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('It must be a whole number.')
  return value
}

const HOUR_MS = 3_600_000
const TOKEN = 'demo-token'

/** Serves a simulated GitHub until it is interrupted. Its time starts at the real present, and runs. */
const program = new Command('github-simulator')
  .description('Serve a simulated GitHub')
  .option('--port <port>', 'port to listen on', integer, 4011)
  .option('--host <host>', 'address to listen on', '127.0.0.1')
  .option('--repositories <count>', 'how many repositories exist', integer, 6)
  .option('--pull-requests <count>', 'how many pull requests exist', integer, 300)
  .option('--seed <seed>', 'what everything is drawn from', integer, 1)
  .option('--latency-ms <ms>', 'added to every answer', integer, 0)
  .option('--points <count>', 'points of an hour', integer, 5000)
  .action(async ({ points, ...options }) => {
    const rateLimit = { points, windowMs: HOUR_MS }
    const running = { now: Date.now(), clockRuns: true, rememberedResponses: 0 }
    const github = await startGithubSimulator({ ...options, ...running, rateLimit, tokens: [TOKEN] })
    process.stdout.write(`GitHub at ${github.url}  token ${TOKEN}  ${options.pullRequests} pull requests\n`)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void github.close())
  })

await program.parseAsync()
