import { type FaultInput, type JiraSimulator, startJiraSimulator } from '@millrace-examples/simulators'

export const TOKEN = 'a-token-that-nobody-may-see'

/** A site that the program takes for a real one: in another process, with faults. */
export interface RealSite extends AsyncDisposable {
  readonly simulator: JiraSimulator
  /** What leads the program there. */
  readonly variables: { readonly [name: string]: string }
}

export async function realSite(options: {
  readonly issues: number
  readonly faults?: FaultInput[]
}): Promise<RealSite> {
  const email = 'ann@acme.test'
  const rememberedResponses = 1_000_000
  const simulator = await startJiraSimulator({
    email,
    token: TOKEN,
    rememberedResponses,
    clockRuns: true,
    now: Date.now(),
    ...options,
  })
  return {
    simulator,
    variables: { JIRA_BASE_URL: simulator.url, JIRA_EMAIL: email, JIRA_API_TOKEN: TOKEN },
    [Symbol.asyncDispose]: () => simulator.close(),
  }
}
