import { type FaultInput, type JiraSimulator, startJiraSimulator } from '@millrace-examples/simulators'

export const TOKEN = 'a-token-that-nobody-may-see'

/** A site that the program takes for a real one: in another process, with faults. */
export interface RealSite extends AsyncDisposable {
  readonly simulator: JiraSimulator
  /** What leads the program there. */
  readonly variables: { readonly [name: string]: string }
}

/** @param options.frozen the site's time stands still, so that its answers stay the same byte for byte. @default false */
export async function realSite(options: {
  readonly issues: number
  readonly faults?: FaultInput[]
  readonly frozen?: boolean
}): Promise<RealSite> {
  const { issues, faults = [], frozen = false } = options
  const email = 'ann@acme.test'
  const simulator = await startJiraSimulator({
    issues,
    faults,
    email,
    token: TOKEN,
    now: Date.now(),
    clockRuns: !frozen,
    rememberedResponses: 1_000_000,
  })
  return {
    simulator,
    variables: { JIRA_BASE_URL: simulator.url, JIRA_EMAIL: email, JIRA_API_TOKEN: TOKEN },
    [Symbol.asyncDispose]: () => simulator.close(),
  }
}
