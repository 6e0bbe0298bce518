import { existsSync, readFileSync } from 'node:fs'
import type { AnyEntity, Change, UntypedRow } from '@millrace/core'
import { runStep } from '@millrace/core/testing'
import { describe, expect, it } from 'vitest'
import {
  github,
  prs,
  prsComments,
  prsCommits,
  prsLabels,
  prsReviews,
  prsReviewThreads,
  prsWorkItemKeys,
} from './index.ts'

/** Answers of a real repository, made anonymous. They are no part of the repository: they lie beside it, where they are there. */
const FILE = new URL('../../../../shared/data/github/pull-requests.json', import.meta.url)
const recorded = existsSync(FILE)

interface Counted<Node> {
  readonly totalCount: number
  readonly nodes: readonly Node[]
}
interface Recorded {
  readonly id: string
  readonly title: string
  readonly body: string
  readonly headRefName: string
  readonly createdAt: string
  readonly mergedAt: string | null
  readonly author: { readonly login: string } | null
  readonly commits: Counted<{ readonly commit: { readonly oid: string } }>
  readonly comments: Counted<{ readonly id: string }>
  readonly reviews: Counted<{ readonly author: { readonly login: string } | null; readonly submittedAt: string }>
  readonly labels: { readonly nodes: readonly { readonly name: string }[] }
  readonly reviewComments_REST: readonly {
    readonly id: string
    readonly inReplyTo: number | null
    readonly path: string
  }[]
}

describe.skipIf(!recorded)(
  `pull requests of a real repository${recorded ? '' : ' (skipped: ../shared/data/github is missing)'}`,
  () => {
    const payloads: readonly Recorded[] = recorded ? JSON.parse(readFileSync(FILE, 'utf8')) : []

    it('are accounted for to the last commit, review, comment and label', async () => {
      const changes = await read(payloads)
      expect(rowsOf(changes, prs).map(({ id }) => id)).toEqual(payloads.map(({ id }) => id))
      expect(payloads.length).toBeGreaterThan(10)

      const total = (count: (pull: Recorded) => number): number => payloads.reduce((sum, pull) => sum + count(pull), 0)
      const expected = {
        commits: total(({ commits }) => commits.totalCount),
        reviews: total(({ reviews }) => reviews.totalCount),
        comments: total((pull) => pull.comments.totalCount + pull.reviewComments_REST.length),
        threads: total((pull) => pull.reviewComments_REST.filter(({ inReplyTo }) => inReplyTo === null).length),
        labels: total(({ labels }) => labels.nodes.length),
      }
      for (const count of Object.values(expected)) expect(count).toBeGreaterThan(0)
      expect({
        commits: rowsOf(changes, prsCommits).length,
        reviews: rowsOf(changes, prsReviews).length,
        comments: rowsOf(changes, prsComments).length,
        threads: rowsOf(changes, prsReviewThreads).length,
        labels: rowsOf(changes, prsLabels).length,
      }).toEqual(expected)
    })

    it('keep their texts as people wrote them, and their metrics are what one counts by hand', async () => {
      const changes = await read(payloads)
      for (const [position, row] of rowsOf(changes, prs).entries()) {
        const pull = payloads[position]
        if (!pull) throw new Error('there are more rows than pull requests')
        const { title, body, author, commits, reviews, createdAt, mergedAt } = pull
        const ofOthers = reviews.nodes.filter((review) => review.author?.login !== author?.login)
        const first = Math.min(...ofOthers.map(({ submittedAt }) => Date.parse(submittedAt)))
        expect(row).toMatchObject({
          ...{ title, body, author_login: author?.login ?? null },
          ...{ commit_count: commits.totalCount, review_count: ofOthers.length },
          comment_count: pull.comments.totalCount + pull.reviewComments_REST.length,
          time_to_merge_seconds: mergedAt && (Date.parse(mergedAt) - Date.parse(createdAt)) / 1000,
          time_to_first_review_seconds: Number.isFinite(first) ? (first - Date.parse(createdAt)) / 1000 : null,
        })
      }
    })

    it('name what looks like a key in a branch only, although their texts are full of versions, hashes and links', async () => {
      const branches = payloads.flatMap(({ headRefName }) => /(?<=^|-)[a-z]+-[1-9]\d*$/i.exec(headRefName) ?? [])
      const keys = rowsOf(await read(payloads), prsWorkItemKeys)
      expect(keys.map(({ key, source }) => `${source} ${key}`)).toEqual(
        branches.map((name) => `branch ${name.toUpperCase()}`),
      )
      expect(branches.length).toBeGreaterThan(0)
    })
  },
)

/** Read as a repository whose pages hold one pull request each: the recording has one of them twice. */
async function read(payloads: readonly Recorded[]): Promise<readonly Change[]> {
  const latest_update = new Date().toISOString()
  const unit = { repository_id: 'R_1', name_with_owner: 'acme/pool', latest_update, open: 0 }
  const config = { token: 'token', pullRequestsPerPage: 1 }
  const answer = async (_url: string | URL, init?: RequestInit): Promise<Response> => {
    const { after } = JSON.parse(String(init?.body)).variables as { readonly after: string | null }
    const position = after === null ? 0 : Number(after)
    const hasNextPage = position + 1 < payloads.length
    const nodes = payloads.slice(position, position + 1).map(asAnswered)
    const pageInfo = { hasNextPage, endCursor: String(position + 1) }
    return Response.json({ data: { node: { id: 'R_1', pullRequests: { pageInfo, nodes } }, rateLimit: null } })
  }
  const { changes } = await runStep(github, 'github_prs', { config, unit, fetch: answer })
  return changes
}

/** What was recorded over REST, or not at all, as the query would have it. */
function asAnswered(pull: Recorded): object {
  const whole = (nodes: readonly object[]): object => ({ pageInfo: { hasNextPage: false, endCursor: null }, nodes })
  const threads = pull.reviewComments_REST
    .filter(({ inReplyTo }) => inReplyTo === null)
    .map(({ id, path }) => {
      const comments = pull.reviewComments_REST.filter((each) => each.id === id || each.inReplyTo === numberIn(id))
      return { id: `thread of ${id}`, isResolved: false, isOutdated: false, path, comments: whole(comments) }
    })
  return {
    ...pull,
    labels: whole(pull.labels.nodes.map(({ name }) => ({ id: `label ${name}`, name }))),
    reviewThreads: whole(threads),
    assignees: whole([]),
    reviewRequests: whole([]),
  }
}

/** REST counts where GraphQL gives opaque ids, which of that age are no secret: `024:PullRequestReviewComment300245643`. */
function numberIn(id: string): number {
  return Number(/\d+$/.exec(Buffer.from(id, 'base64').toString('latin1'))?.[0])
}

function rowsOf(changes: readonly Change[], entity: AnyEntity): readonly UntypedRow[] {
  return changes.flatMap((change) => {
    if (change.entity !== entity) return []
    return change.op === 'replace' ? change.rows : change.op === 'upsert' ? [change.row] : []
  })
}
