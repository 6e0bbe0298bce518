import { MillraceError } from '@millrace/core'
import {
  type GithubSimulator,
  type JiraSimulator,
  startGithubSimulator,
  startJiraSimulator,
} from '@millrace-examples/simulators'
import { CannotStart } from './cannot-start.ts'
import type { MirroredSite } from './mirrored-site.ts'
import type { SourceChoice } from './options.ts'
import { DEFAULT_CONTENT, type SiteContent } from './site-content.ts'

/** Few enough for a first look, with a few that have most of the pull requests. */
const REPOSITORIES = 12

/** The accounts that the simulators let in. */
export const DEMO_ACCOUNT = { email: 'demo@example.com', apiToken: 'demo-token' } as const
export const DEMO_TOKEN = 'demo-token'

/**
 * The content of the simulated sites. A database that mirrors them already must go on with the same: issues that were
 * different, but not edited, could not be told apart by anybody.
 *
 * @throws INVALID_CONFIG when something else is asked for
 */
export function chooseSite(
  wanted: Partial<SiteContent>,
  mirrored: MirroredSite | undefined,
  nowMs: number,
): MirroredSite {
  if (!mirrored) return { ...DEFAULT_CONTENT, ...wanted, bornMs: nowMs }
  const chosen = { ...mirrored, ...wanted }
  const parts = Object.keys(DEFAULT_CONTENT) as (keyof SiteContent)[]
  if (parts.every((part) => chosen[part] === mirrored[part])) return mirrored
  const { seed, issues, issueBytes, pullRequests } = mirrored
  throw new MillraceError('INVALID_CONFIG', {
    message:
      `Failed to start the simulated sites: the database mirrors ${issues} issues of ${issueBytes} bytes and ` +
      `${pullRequests} pull requests drawn from seed ${seed}, and others were asked for. Leave --issues, --issue-bytes, ` +
      '--pull-requests and --seed out, add --reset to start anew, or name another --data-dir.',
  })
}

/** Their time is the real one, although nothing happened there since they were born. @throws CannotStart without the port */
export function startDemoTracker(site: MirroredSite, { port }: SimulatorChoice): Promise<JiraSimulator> {
  const { email, apiToken: token } = DEMO_ACCOUNT
  const { bornMs, seed, issues, issueBytes } = site
  return onPort(port, async () => {
    const simulator = await startJiraSimulator({
      ...{ seed, issues, issueBytes, email, token, port },
      now: bornMs,
      clockRuns: true,
    })
    simulator.evolve({ advanceMs: Math.max(0, Date.now() - bornMs) })
    return simulator
  })
}

/** It answers at the port after the tracker's. @throws CannotStart without that port */
export function startDemoCodeHost(site: MirroredSite, choice: SimulatorChoice): Promise<GithubSimulator> {
  const { bornMs, seed, pullRequests } = site
  const port = choice.port === 0 ? 0 : choice.port + 1
  return onPort(port, async () => {
    const simulator = await startGithubSimulator({
      ...{ seed, pullRequests, port, repositories: REPOSITORIES, tokens: [DEMO_TOKEN] },
      now: bornMs,
      clockRuns: true,
    })
    simulator.evolve({ advanceMs: Math.max(0, Date.now() - bornMs) })
    return simulator
  })
}

type SimulatorChoice = Extract<SourceChoice, { kind: 'simulator' }>

async function onPort<Simulator>(port: number, start: () => Promise<Simulator>): Promise<Simulator> {
  try {
    return await start()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    const reason = error.code === 'EADDRINUSE' ? 'another program uses it' : error.message
    const message = `Failed to serve a simulated site on port ${port}: ${reason}. Name another --port, or none.`
    throw new CannotStart('PORT_UNAVAILABLE', message, error)
  }
}
