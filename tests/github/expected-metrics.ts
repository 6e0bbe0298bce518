import type { GithubPullRequestFact } from '@millrace-examples/simulators'

/**
 * The metrics of a pull request as one would find them by hand, from what the site holds: each is looked for on its own, and
 * nothing is sorted.
 */
export function expectedMetrics(
  pull: GithubPullRequestFact,
  commits: GithubPullRequestFact['commits'],
): readonly unknown[] {
  const { author, createdAt, closedAt, mergedAt, comments, threads } = pull
  const byOthers = pull.reviews.filter((review) => review.author === null || review.author.login !== author?.login)
  const first = byOthers.length === 0 ? null : Math.min(...byOthers.map(({ at }) => at))
  const seconds = (from: number | null, until: number | null): number | null =>
    from === null || until === null ? null : Math.max(0, (until - from) / 1000)
  const pushedBetween = (after: number, until: number): boolean =>
    commits.some(({ committedAt }) => committedAt > after && committedAt <= until)
  const before = (at: number): number => Math.max(...byOthers.map((other) => (other.at < at ? other.at : -1)))
  // Reviews of one moment are of one round, and the first of all begins one.
  const moments = [...new Set(byOthers.map(({ at }) => at))]
  const rounds = moments.filter((at) => before(at) === -1 || pushedBetween(before(at), at))
  const verdicts = byOthers.filter(({ state }) => state !== 'COMMENTED')
  const isLatest = ({ author: who, at, serial }: (typeof verdicts)[number]): boolean =>
    who === null ||
    !verdicts.some((other) => other.author?.login === who.login && (other.at - at || other.serial - serial) > 0)
  const sum = (numbers: readonly number[]): number => numbers.reduce((left, right) => left + right, 0)
  return [
    commits.length,
    byOthers.length,
    comments.length + sum(threads.map((thread) => thread.comments.length)),
    Math.min(...commits.map(({ authoredAt }) => authoredAt)),
    first,
    verdicts.filter((review) => review.state === 'APPROVED' && isLatest(review)).length,
    rounds.length,
    seconds(createdAt, first),
    seconds(first, mergedAt ?? closedAt),
    seconds(createdAt, mergedAt),
    first === null ? 0 : commits.filter(({ committedAt }) => committedAt > first).length,
    sum(pull.commits.map(({ additions }) => additions)),
    sum(pull.commits.map(({ deletions }) => deletions)),
    pull.changedFiles,
  ]
}
