/** How many items of each list are asked for at first. */
export interface ListSizes {
  readonly commits: number
  readonly reviews: number
  readonly comments: number
  readonly threads: number
  readonly replies: number
  /** Of labels, assignees and requested reviewers. */
  readonly few: number
}

/**
 * On a page of many pull requests: what nearly all of them have. Each thread that is asked for costs a list of replies, whether
 * it exists or not; reading on costs one point, and only those pull requests that have more.
 */
export const ON_A_PAGE: ListSizes = { commits: 50, reviews: 30, comments: 30, threads: 10, replies: 10, few: 20 }

/** Of one pull request that is read on its own. */
export function listSizes(size: number): ListSizes {
  const replies = Math.max(1, Math.min(50, size))
  return { commits: size, reviews: size, comments: size, threads: Math.max(1, size >> 1), replies, few: size }
}

/** Connections: the page itself, seven lists of each pull request, and the comments of each thread. */
export function pagePoints(pullRequests: number, { threads }: ListSizes): number {
  return points(1 + pullRequests * (7 + threads))
}

export function pullRequestPoints({ threads }: ListSizes): number {
  return points(7 + threads)
}

export function points(requests: number): number {
  return Math.max(1, Math.round(requests / 100))
}
