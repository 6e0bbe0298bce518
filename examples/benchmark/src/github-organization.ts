import { once } from 'node:events'
import { github } from '@millrace/connector-github'
import { z } from 'zod'
import { startMirror } from './mirror.ts'
import { firstLine, startProcess } from './simulated-site.ts'

export interface OrganizationSize {
  readonly repositories: number
  readonly pullRequests: number
}

export interface OrganizationResult {
  readonly seconds: number
  /**
   * What GitHub would have counted for the first run, and for one after it, in which nothing had changed; NaN when the hour
   * for which it counts ended meanwhile.
   */
  readonly points: number
  readonly pointsUnchanged: number
  readonly openPullRequests: number
  readonly peakMb: number
  /** What the worker's heap held when all was done: what grows with the work would show here. */
  readonly liveMb: number
}

const rateLimit = z.object({ resources: z.object({ graphql: z.object({ used: z.number(), reset: z.number() }) }) })

/** More than any run here may spend: what is measured is what it costs, and not how long one waits. */
const ENOUGH_POINTS = 100_000_000

/** Mirrors a simulated organization with one worker process, and then once more. */
export async function githubOrganization(databaseUrl: string, size: OrganizationSize): Promise<OrganizationResult> {
  const simulator = startProcess(import.meta.resolve('@millrace-examples/simulators/github-main'), [
    '--port=0',
    `--repositories=${size.repositories}`,
    `--pull-requests=${size.pullRequests}`,
    `--points=${ENOUGH_POINTS}`,
  ])
  const greeting = await firstLine(simulator)
  const [, url, token] = /at (\S+)\s+token (\S+)/.exec(greeting) ?? []
  if (!url || !token) throw new Error(`The simulator said ${JSON.stringify(greeting)} instead of where it is.`)
  const mirror = await startMirror(databaseUrl, {
    connector: github,
    account: { baseUrl: url, credentials: { token } },
    processes: [{ roles: ['extract', 'transform', 'embed'] }],
  })
  const count = async (): Promise<z.output<typeof rateLimit>['resources']['graphql']> => {
    const response = await fetch(`${url}/rate_limit`, { headers: { authorization: `bearer ${token}` } })
    return rateLimit.parse(await response.json()).resources.graphql
  }
  const pointsOf = async (work: () => Promise<unknown>): Promise<number> => {
    const before = await count()
    await work()
    const after = await count()
    return after.reset === before.reset ? after.used - before.used : Number.NaN
  }
  let seconds = 0
  const points = await pointsOf(async () => {
    seconds = (await mirror.run()).seconds
  })
  // What changed within the overlap of the first window is read again once.
  await mirror.run()
  const pointsUnchanged = await pointsOf(() => mirror.run())
  const [open] = await mirror.db.query<{ count: number }>(
    { as: 'app', tenantId: mirror.tenantId },
    'SELECT sum(open_prs) AS count FROM repositories',
  )
  const [worker] = await mirror.stop()
  simulator.kill()
  await once(simulator, 'exit')
  const { peakMb = 0, liveMb = 0 } = worker ?? {}
  return { seconds, points, pointsUnchanged, openPullRequests: Number(open?.count ?? 0), peakMb, liveMb }
}
