import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Measured, pullRequestMetrics } from './pull-request-metrics.ts'

const MINUTE = 60_000
const at = (minute: number): Date => new Date(Date.UTC(2026, 0, 1) + minute * MINUTE)

const someone = fc.constantFrom('ada', 'grace', 'linus', null)
const minute = fc.integer({ min: 0, max: 30 })
const measured: fc.Arbitrary<Measured> = fc.record({
  author: someone,
  created: fc.constant(at(0)),
  closed: fc.option(minute.map(at)),
  merged: fc.option(minute.map(at)),
  commits: fc.array(fc.record({ authored: minute.map(at), committed: minute.map(at) }), { maxLength: 8 }),
  reviews: fc.array(
    fc.record({
      author: someone,
      state: fc.constantFrom('APPROVED', 'CHANGES_REQUESTED', 'COMMENTED', 'DISMISSED', 'PENDING'),
      submitted: fc.option(minute.map(at)),
    }),
    { maxLength: 8 },
  ),
})

/** The same, minute by minute: slow, and with nothing in common with how it is done. */
function oracle({ author, created, merged, closed, commits, reviews }: Measured) {
  const real = reviews.filter(
    (r) => r.submitted && r.state !== 'PENDING' && !(r.author !== null && r.author === author),
  )
  let first: Date | null = null
  let rounds = 0
  let pushed = true
  let after = 0
  const verdict = new Map<unknown, string>()
  for (let now = 0; now <= 30; now += 1) {
    const commitsNow = commits.filter((c) => Number(c.committed) === +at(now))
    if (commitsNow.length > 0) pushed = true
    if (first) after += commitsNow.length
    for (const review of real.filter((r) => r.submitted && +r.submitted === +at(now))) {
      first ??= at(now)
      if (pushed) rounds += 1
      pushed = false
      if (review.state && review.state !== 'COMMENTED') verdict.set(review.author ?? review, review.state)
    }
  }
  const seconds = (from: Date | null, until: Date | null): number | null =>
    from && until ? Math.max(0, (+until - +from) / 1000) : null
  return {
    commit_count: commits.length,
    review_count: real.length,
    first_commit_at: commits.flatMap((c) => c.authored ?? []).sort((x, y) => +x - +y)[0] ?? null,
    first_review_at: first,
    approvals: [...verdict.values()].filter((state) => state === 'APPROVED').length,
    review_rounds: rounds,
    time_to_first_review_seconds: seconds(created, first),
    time_in_review_seconds: seconds(first, merged ?? closed),
    time_to_merge_seconds: seconds(created, merged),
    commits_after_first_review: after,
  }
}

test('metrics are what going through the life of a pull request minute by minute finds', () => {
  fc.assert(
    fc.property(measured, (life) => {
      expect(pullRequestMetrics(life)).toEqual(oracle(life))
    }),
    { numRuns: 2000 },
  )
})
