import { MillraceError } from '@millrace/core'
import { type JiraSimulator, startJiraSimulator } from '@millrace-examples/simulators'
import { CannotStart } from './cannot-start.ts'
import type { MirroredSite } from './mirrored-site.ts'
import type { SiteContent, SourceChoice } from './options.ts'

const DEFAULT_CONTENT: SiteContent = { seed: 1, issues: 1000, issueBytes: 8000 }

/** The account that the simulator lets in. */
export const DEMO_ACCOUNT = { email: 'demo@example.com', apiToken: 'demo-token' } as const

/**
 * The content of the simulated site. A database that mirrors one already must go on with the same one: issues that were
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
  const same =
    chosen.seed === mirrored.seed && chosen.issues === mirrored.issues && chosen.issueBytes === mirrored.issueBytes
  if (same) return mirrored
  const { seed, issues, issueBytes } = mirrored
  throw new MillraceError('INVALID_CONFIG', {
    message:
      `Failed to start the simulated site: the database mirrors one of ${issues} issues of ${issueBytes} bytes drawn from ` +
      `seed ${seed}, and another one was asked for. Leave --issues, --issue-bytes and --seed out, add --reset to start ` +
      'anew, or name another --data-dir.',
  })
}

/** Its time is the real one, although nothing happened there since it was born. @throws CannotStart without the port */
export async function startDemoSite(
  { bornMs, ...content }: MirroredSite,
  { port }: Extract<SourceChoice, { kind: 'simulator' }>,
): Promise<JiraSimulator> {
  const { email, apiToken: token } = DEMO_ACCOUNT
  try {
    const site = await startJiraSimulator({ ...content, now: bornMs, clockRuns: true, port, email, token })
    site.evolve({ advanceMs: Math.max(0, Date.now() - bornMs) })
    return site
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    const reason = error.code === 'EADDRINUSE' ? 'another program uses it' : error.message
    const message = `Failed to serve the simulated site on port ${port}: ${reason}. Name another --port, or none.`
    throw new CannotStart('PORT_UNAVAILABLE', message, error)
  }
}
