/** Everything on the simulated sites follows from these. */
export interface SiteContent {
  readonly seed: number
  readonly issues: number
  readonly issueBytes: number
  readonly pullRequests: number
}

export const DEFAULT_CONTENT: SiteContent = { seed: 1, issues: 1000, issueBytes: 8000, pullRequests: 80 }
