import { randomBytes } from 'node:crypto'
import { amqpBroker } from '@millrace/core/amqp'
import { Command, InvalidArgumentError } from 'commander'
import { githubOrganization } from './github-organization.ts'
import type { WorkerProcess } from './mirror.ts'
import { missedBars, PARTS, type Part } from './missed-bars.ts'
import { type PipelineResult, pipeline } from './pipeline.ts'
import { checkpoint, scratchDatabase } from './scratch-database.ts'
import { type ServiceLoad, type ServiceResult, service } from './service.ts'
import { firstLine, type Site, type SiteSize, simulatedSite, startProcess } from './simulated-site.ts'

const whole = (text: string): number => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number above 0.')
  return value
}

const program = new Command('bench')
  .description(
    'Measure Millrace against a straight-line script, on the PostgreSQL server at DATABASE_URL; ends with 1 when a bar is missed',
  )
  .option('--issues <count>', 'issues per measurement', whole, 10_000)
  .option('--rounds <count>', 'pairs of measurements', whole, 3)
  .option('--memory-issues <count>', 'issues of the memory measurement', whole, 100_000)
  .option('--latency-issues <count>', 'issues of the latency measurement', whole, 2_000)
  .option('--repositories <count>', 'repositories of the GitHub measurement', whole, 300)
  .option('--pull-requests <count>', 'pull requests of the GitHub measurement', whole, 100_000)
  .option('--clients <count>', 'WebSocket clients of the service measurement', whole, 500)
  .option('--requests <count>', 'requests per second of the service measurement', whole, 200)
  .option('--only <part>', 'throughput, memory, latency, amqp, github or service')
  .parse()
const options = program.opts<{
  issues: number
  rounds: number
  memoryIssues: number
  latencyIssues: number
  repositories: number
  pullRequests: number
  clients: number
  requests: number
  only?: string
}>()

const serverUrl = process.env.DATABASE_URL
if (!serverUrl) program.error('DATABASE_URL must name a PostgreSQL server on which databases may be created.')

const amqpUrl = process.env.AMQP_URL
if (options.only === 'amqp' && !amqpUrl) program.error('AMQP_URL must name a RabbitMQ for this measurement.')

/**
 * Two workers with the roles that a worker has by default: what an operator with two cores would run. Transforming costs
 * twice what extracting does, so a process for each would leave one of them idle for half of a run.
 */
const ALL_ROLES: WorkerProcess = { roles: ['extract', 'transform', 'embed'] }
const TWO_PROCESSES: readonly WorkerProcess[] = [ALL_ROLES, ALL_ROLES]
const ONE_PROCESS: readonly WorkerProcess[] = [ALL_ROLES]
/** One row at a time, so that what is measured is processes, and not requests in flight. */
const EXTRACTOR: WorkerProcess = { roles: ['extract'], concurrency: 1 }
const LOADER: WorkerProcess = { roles: ['transform'] }
const LATENCY_MS = 200
/** Issues of about 7 KB and 20 KB with their histories, as received: on a small team's site, and on one where much happens. */
const SMALL: SiteSize = { issueBytes: 1, quiet: true }
const LARGE: SiteSize = { issueBytes: 11_000 }

if (options.only !== undefined && !PARTS.some((part) => part === options.only)) {
  program.error(`--only must be one of ${PARTS.join(', ')}.`)
}
const wanted = PARTS.filter((part) => options.only === undefined || options.only === part)
const wants = (part: Part): boolean => wanted.includes(part)

const report: Record<Part, Record<string, unknown>[]> = {
  throughput: [],
  memory: [],
  latency: [],
  amqp: [],
  github: [],
  service: [],
}
if (wants('throughput')) {
  for (const size of [SMALL, LARGE]) report.throughput.push(await throughput(size))
  console.table(report.throughput)
}
if (wants('memory')) {
  for (const issues of [options.issues, options.memoryIssues]) report.memory.push(await memory(issues))
  console.table(report.memory)
}
if (wants('latency')) {
  report.latency.push(await latency())
  console.table(report.latency)
}
if (wants('amqp') && amqpUrl) {
  report.amqp.push(await transports(amqpUrl))
  console.table(report.amqp)
}
if (wants('github')) {
  for (const pullRequests of [Math.ceil(options.pullRequests / 10), options.pullRequests]) {
    report.github.push(await organization(pullRequests))
  }
  console.table(report.github)
}
if (wants('service')) {
  report.service.push(await underLoad())
  console.table(report.service)
}
process.stdout.write(`${JSON.stringify(report)}\n`)
const missed = missedBars(report, wanted)
for (const sentence of missed) process.stderr.write(`Missed: ${sentence}\n`)
process.exitCode = missed.length > 0 ? 1 : 0

async function throughput(size: SiteSize): Promise<Record<string, unknown>> {
  const { issues, rounds } = options
  await using site = await simulatedSite({ issues, ...size })
  // The first reader of a page has the simulator render it.
  await runStraightLine(site)
  const pairs: { straight: number; ours: PipelineResult }[] = []
  for (let round = 0; round < rounds; round += 1) {
    const straight = await runStraightLine(site)
    pairs.push({ straight: straight.seconds, ours: await runPipeline(site, TWO_PROCESSES) })
  }
  const seconds = median(pairs.map(({ ours }) => ours.seconds))
  const [first] = pairs
  const bytes = first?.ours.bytes ?? 0
  return {
    'KB per issue': round(bytes / issues / 1_000),
    issues,
    'straight-line s': round(median(pairs.map(({ straight }) => straight))),
    'millrace s': round(seconds),
    'issues/s': Math.round(issues / seconds),
    'MB/s': round(bytes / seconds / 1e6),
    'ratio (median of pairs)': round(median(pairs.map(({ straight, ours }) => straight / ours.seconds))),
    'worker peak MB': Math.round(Math.max(...pairs.flatMap(({ ours }) => ours.workers.map(({ peakMb }) => peakMb)))),
  }
}

async function memory(issues: number): Promise<Record<string, unknown>> {
  await using site = await simulatedSite({ issues, ...LARGE })
  const { workers, seconds } = await runPipeline(site, ONE_PROCESS)
  return { issues, 'issues/s': Math.round(issues / seconds), 'worker peak MB': Math.round(workers[0]?.peakMb ?? 0) }
}

/**
 * Whether four extract workers do four times the work of one while the provider makes everybody wait. Small pages make many
 * units: the issues of a page that link to something are one.
 */
async function latency(): Promise<Record<string, unknown>> {
  const seconds: number[] = []
  for (const extractors of [1, 4]) {
    await using site = await simulatedSite({ issues: options.latencyIssues, ...SMALL, latencyMs: LATENCY_MS })
    const processes = [...Array.from({ length: extractors }, () => EXTRACTOR), LOADER]
    await using database = await scratchDatabase(serverUrl ?? '')
    seconds.push((await pipeline(site, database.url, processes, { includeDevStatus: true, batchSize: 25 })).seconds)
  }
  const [one = 0, four = 0] = seconds
  return {
    issues: options.latencyIssues,
    'latency ms': LATENCY_MS,
    'one extractor s': round(one),
    'four extractors s': round(four),
    'ratio of four to one': round(one / four),
  }
}

/** The same data through RabbitMQ and through the ledger alone. */
async function transports(url: string): Promise<Record<string, unknown>> {
  const { issues, rounds } = options
  await using site = await simulatedSite({ issues, ...SMALL })
  await runPipeline(site, TWO_PROCESSES)
  const pairs: { ledger: number; broker: number }[] = []
  for (let round = 0; round < rounds; round += 1) {
    const { seconds } = await runPipeline(site, TWO_PROCESSES)
    pairs.push({ ledger: seconds, broker: (await runOverBroker(site, url)).seconds })
  }
  return {
    issues,
    'postgres transport s': round(median(pairs.map(({ ledger }) => ledger))),
    'amqp transport s': round(median(pairs.map(({ broker }) => broker))),
    'ratio (median of pairs)': round(median(pairs.map(({ ledger, broker }) => ledger / broker))),
  }
}

/** Of an organization: memory, which should not grow with it, and points, of which GitHub gives 5,000 an hour. */
async function organization(pullRequests: number): Promise<Record<string, unknown>> {
  const { repositories } = options
  await using database = await scratchDatabase(serverUrl ?? '')
  const measured = await githubOrganization(database.url, { repositories, pullRequests })
  return {
    repositories,
    'pull requests': pullRequests,
    'pull requests/s': Math.round(pullRequests / measured.seconds),
    'points per 1,000': round((measured.points / pullRequests) * 1_000),
    'points without changes': measured.pointsUnchanged,
    'of at most': Math.ceil(repositories / 50) + measured.openPullRequests,
    'worker peak MB': Math.round(measured.peakMb),
    'worker live MB': Math.round(measured.liveMb),
  }
}

/** How long answers and changes take to reach clients while a run is going, with many of them and with one. */
async function underLoad(): Promise<Record<string, unknown>> {
  const { clients, requests: requestsPerSecond, issues } = options
  await using site = await simulatedSite({ issues, ...SMALL })
  const measure = async (load: ServiceLoad): Promise<ServiceResult> => {
    await checkpoint(serverUrl ?? '')
    await using database = await scratchDatabase(serverUrl ?? '')
    return await service(site, database.url, load)
  }
  const alone = await measure({ clients: 1, requestsPerSecond: 1 })
  const loaded = await measure({ clients, requestsPerSecond })
  const { errors, missed, requests, seconds, changes, requestMs, deliveryMs } = loaded
  return {
    clients,
    'requests/s': Math.round(requests / seconds),
    'errors, missed changes': `${errors}, ${missed}`,
    'request p50, p99 ms': `${round(requestMs.p50)}, ${round(requestMs.p99)}`,
    changes,
    'commit to client p50, p99 ms': `${round(deliveryMs.p50)}, ${round(deliveryMs.p99)}`,
    'one client p99 ms': round(alone.deliveryMs.p99),
    'ratio of p99 to one client': round(deliveryMs.p99 / alone.deliveryMs.p99),
    'KB per client': Math.round((loaded.mbOfClients / clients) * 1_000),
    'busy cores': round(loaded.cpuMs / seconds / 1_000),
    'peak MB': Math.round(loaded.peakMb),
    'ratio of run time to one client': round(seconds / alone.seconds),
  }
}

/** With queues of its own, deleted afterwards. */
async function runOverBroker(site: Site, url: string): Promise<PipelineResult> {
  const broker = { url, prefix: `bench-${randomBytes(4).toString('hex')}.` }
  await checkpoint(serverUrl ?? '')
  await using database = await scratchDatabase(serverUrl ?? '')
  try {
    return await pipeline(site, database.url, TWO_PROCESSES, { broker })
  } finally {
    const operator = amqpBroker(broker)
    await operator.close()
    await operator.remove()
  }
}

async function runStraightLine(site: Site): Promise<{ seconds: number }> {
  await checkpoint(serverUrl ?? '')
  await using database = await scratchDatabase(serverUrl ?? '')
  const child = startProcess(import.meta.resolve('./straight-line-process.ts'), [
    site.url,
    site.email,
    site.token,
    database.url,
  ])
  return JSON.parse(await firstLine(child))
}

async function runPipeline(site: Site, processes: readonly WorkerProcess[]): Promise<PipelineResult> {
  await checkpoint(serverUrl ?? '')
  await using database = await scratchDatabase(serverUrl ?? '')
  return await pipeline(site, database.url, processes)
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[values.length >> 1] ?? 0
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
