import { createBurstLimit } from './burst-limit.ts'
import { addControlRoutes } from './control-routes.ts'
import { createFaults, type Faults } from './faults.ts'
import { type JiraOptionsInput, jiraOptionsSchema } from './jira-options.ts'
import { createPoints } from './points.ts'
import { createServer } from './server.ts'
import { createSite } from './site.ts'
import { createTrafficLog, type Exchange, type Traffic } from './traffic.ts'
import { createTrafficCheck, type Violation } from './traffic-check.ts'
import { type Counts, checksumTruth, countTruth, createTruth, type Truth, type TruthTable } from './truth.ts'
import type { FieldChange } from './wire/custom-fields.ts'
import { type Configuration, createConfigure } from './world/configure.ts'
import { createEvolve, type EvolveReport, type EvolveRequest } from './world/evolve.ts'

export interface JiraSimulatorOptions extends JiraOptionsInput {
  /** Called with every exchange, right before its body is sent. */
  readonly onResponse?: (exchange: Exchange) => void
}

/** A running simulator of one Jira Cloud site with one user. */
export interface JiraSimulator {
  /** The address of the site: what a client takes for `https://….atlassian.net`. */
  readonly url: string
  readonly port: number
  /** Lets time pass on the site: edits, moves, unlinks, deletions, new issues. */
  readonly evolve: (request: EvolveRequest) => EvolveReport
  /** Changes how the site is set up: names and keys, versions, categories of statuses, people. */
  readonly configure: (change: Configuration) => void
  readonly faults: Faults
  /** What the site holds, as facts, streamed. */
  readonly truth: () => Truth
  readonly counts: () => Counts
  /** A checksum of each table; see `checksumOf` for comparing rows of a database. */
  readonly checksums: () => Readonly<Record<TruthTable, string>>
  /** What was asked and answered so far. */
  readonly requests: () => Traffic
  readonly forgetRequests: () => void
  /** With `validateTraffic`: requests the contract refused, and what did not fit Atlassian's OpenAPI file where it is found. */
  readonly violations: () => readonly Violation[]
  /** Whether `validateTraffic` found Atlassian's file to compare with. */
  readonly validatesTraffic: boolean
  /** Gives a custom field another name, or makes it of another kind, as administrators do. Issues do not notice. */
  readonly redefineField: (id: string, change: FieldChange) => void
  /** The site's present, epoch milliseconds. */
  readonly now: () => number
  /** Lets time pass in which nothing happens. */
  readonly advance: (ms: number) => void
  /** Stops listening and cuts the connections that are open. */
  readonly close: () => Promise<void>
}

const HOUR_MS = 3_600_000

/**
 * Starts a simulator of Jira Cloud on a local port.
 *
 * The content follows from `seed`, `issues`, `projects`, `issueBytes` and `now` alone; starting again with the same
 * options and evolving with the same requests gives the same bytes.
 *
 * @example
 * const jira = await startJiraSimulator({ issues: 5000, faults: [{ kind: 'rate-limit', path: '*\/search/jql', skip: 3 }] })
 * await fetch(`${jira.url}/rest/api/3/myself`, { headers: { authorization: `Basic ${btoa('demo@example.com:demo-token')}` } })
 * @throws ZodError when an option is invalid
 */
export const startJiraSimulator = async ({
  onResponse,
  ...input
}: JiraSimulatorOptions = {}): Promise<JiraSimulator> => {
  const options = jiraOptionsSchema.parse(input)
  const site = createSite(options)
  const faults = createFaults(options.faults)
  const traffic = createTrafficLog(options.rememberedResponses, onResponse)
  const check = options.validateTraffic ? createTrafficCheck(options.openApiFile) : undefined
  const burst = createBurstLimit(options.burstLimitPerSecond)
  const points = options.points && createPoints(options.points, site.world.clock.now)
  const truth = createTruth(site.world)
  const controls = {
    faults,
    evolve: createEvolve(site.world, options.clockRuns ? 0 : HOUR_MS),
    counts: () => countTruth(truth),
    checksums: () => checksumTruth(truth),
    requests: traffic.read,
    violations: () => check?.violations() ?? [],
  }
  const server = createServer({ site, options, faults, traffic, check, burst, points })
  addControlRoutes(server, controls)
  const url = await server.listen({ port: options.port, host: options.host })
  return {
    ...controls,
    url,
    port: Number(new URL(url).port),
    truth: () => truth,
    forgetRequests: traffic.clear,
    configure: createConfigure(site.world),
    redefineField: site.projections.redefine,
    validatesTraffic: check?.comparesOpenApi ?? false,
    now: site.world.clock.now,
    advance: site.world.clock.advance,
    close: () => server.close(),
  }
}
