import { createTrafficLog, type Exchange, type Traffic } from '../jira/traffic.ts'
import { createCredentials } from './credentials.ts'
import { createGithubFaults, type GithubFaults } from './faults.ts'
import { type GithubOptionsInput, githubOptionsSchema } from './github-options.ts'
import { createGithubServer } from './server.ts'
import { countGithubTruth, createGithubTruth, type GithubCounts, type GithubTruth } from './truth.ts'
import { createGithubEvolve, type GithubEvolveReport, type GithubEvolveRequest } from './world/evolve.ts'
import { createWorld } from './world/world.ts'

export interface GithubSimulatorOptions extends GithubOptionsInput {
  /** Called with every exchange, right before its body is sent. */
  readonly onResponse?: (exchange: Exchange) => void
}

/** A running simulator of GitHub with one organization, `acme`, and one person, `ada-0`. */
export interface GithubSimulator {
  /** What a client takes for `https://api.github.com`; `${url}/api/v3` is what it takes for an Enterprise Server. */
  readonly url: string
  readonly port: number
  /** Lets time pass: commits, force-pushes, reviews, comments, labels that go, renames, transfers, deletions. */
  readonly evolve: (request: GithubEvolveRequest) => GithubEvolveReport
  readonly faults: GithubFaults
  /** What the site holds, as facts, streamed. */
  readonly truth: () => GithubTruth
  readonly counts: () => GithubCounts
  /** What was asked and answered so far, by name of the operation. */
  readonly requests: () => Traffic
  readonly forgetRequests: () => void
  /** Points that each token spent since the start. */
  readonly points: () => Readonly<Record<string, number>>
  /** The site's present, epoch milliseconds. */
  readonly now: () => number
  /** Stops listening and cuts the connections that are open. */
  readonly close: () => Promise<void>
}

const HOUR_MS = 3_600_000

/**
 * Starts a simulator of GitHub on a local port: GraphQL by the schema that GitHub publishes with its limits, and the REST
 * endpoints that Apps need. The content follows from the options alone.
 *
 * @example
 * const github = await startGithubSimulator({ repositories: 300, pullRequests: 100_000 })
 * @throws ZodError when an option is invalid
 */
export const startGithubSimulator = async ({
  onResponse,
  ...input
}: GithubSimulatorOptions = {}): Promise<GithubSimulator> => {
  const options = githubOptionsSchema.parse(input)
  const world = createWorld(options)
  const faults = createGithubFaults(options.faults)
  const credentials = createCredentials(options, world.clock.now)
  const traffic = createTrafficLog(options.rememberedResponses, onResponse)
  const truth = createGithubTruth(world)
  const server = createGithubServer({ world, options, faults, credentials, traffic })
  const url = await server.listen({ port: options.port, host: options.host })
  return {
    url,
    port: Number(new URL(url).port),
    evolve: createGithubEvolve(world, options.clockRuns ? 0 : HOUR_MS),
    faults,
    truth: () => truth,
    counts: () => countGithubTruth(truth),
    requests: traffic.read,
    forgetRequests: traffic.clear,
    points: credentials.points,
    now: world.clock.now,
    close: () => server.close(),
  }
}
