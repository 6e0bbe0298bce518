import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type GithubSimulator, startGithubSimulator } from './start-github-simulator.ts'

const answer = z.looseObject({
  data: z.unknown().optional(),
  errors: z.array(z.looseObject({ type: z.string().optional(), message: z.string() })).optional(),
})

const page = z.object({
  repository: z.object({
    pullRequests: z.object({
      pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
      nodes: z.array(z.object({ number: z.int(), updatedAt: z.string() })),
    }),
  }),
})

type PullRequests = z.output<typeof page>['repository']['pullRequests']

let github: GithubSimulator
beforeEach(async () => {
  github = await startGithubSimulator({ repositories: 3, pullRequests: 90 })
})
afterEach(() => github.close())

const ask = async (query: string, variables: object = {}, token = 'demo-token') => {
  const response = await fetch(`${github.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  })
  return { ...answer.parse(await response.json()), status: response.status }
}

const PAGE = `query Page($after: String) { repository(owner: "acme", name: "billing-0") {
  pullRequests(first: 7, after: $after, orderBy: { field: UPDATED_AT, direction: DESC }) {
    pageInfo { hasNextPage endCursor } nodes { number updatedAt } } } }`

describe('paging', () => {
  it('shows every pull request once, the latest update first', async () => {
    const seen: { number: number; updatedAt: string }[] = []
    for (let after: string | null = null; ; ) {
      const { nodes, pageInfo }: PullRequests = page.parse((await ask(PAGE, { after })).data).repository.pullRequests
      seen.push(...nodes)
      if (!pageInfo.hasNextPage) break
      after = pageInfo.endCursor
    }
    const [repository] = github.truth().repositories()
    expect(seen.map(({ number }) => number).toSorted((left, right) => left - right)).toEqual(
      [...github.truth().pullRequests(repository)].map(({ number }) => number),
    )
    expect(seen.map(({ updatedAt }) => updatedAt)).toEqual(
      seen.map(({ updatedAt }) => updatedAt).toSorted((left, right) => (left < right ? 1 : -1)),
    )
  })

  it('goes on at the same place when pull requests are updated meanwhile', async () => {
    const first = page.parse((await ask(PAGE)).data).repository.pullRequests
    github.evolve({ edits: 40 })
    const next = page.parse((await ask(PAGE, { after: first.pageInfo.endCursor })).data).repository.pullRequests
    const last = first.nodes.at(-1)?.updatedAt ?? ''
    for (const { updatedAt } of next.nodes) expect(updatedAt <= last).toBe(true)
  })
})

describe('limits', () => {
  it.each([
    ['no first', 'pullRequests { totalCount }', 'MISSING_PAGINATION_BOUNDARIES'],
    ['more than a hundred', 'pullRequests(first: 101) { totalCount }', 'EXCESSIVE_PAGINATION'],
    [
      'half a million nodes',
      'pullRequests(first: 100) { nodes { reviewThreads(first: 100) { nodes { comments(first: 60) { totalCount } } } } }',
      'MAX_NODE_LIMIT_EXCEEDED',
    ],
  ])('refuse %s', async (_name, selection, type) => {
    const { data, errors } = await ask(`query { repository(owner: "acme", name: "billing-0") { ${selection} } }`)
    expect([data, errors?.map((error) => error.type)]).toEqual([undefined, [type]])
  })

  it('tell what a query cost, and end with the points', async () => {
    await github.close()
    github = await startGithubSimulator({ rateLimit: { points: 2, windowMs: 3_600_000 } })
    const query = 'query { rateLimit { cost remaining } }'
    expect((await ask(query)).data).toEqual({ rateLimit: { cost: 1, remaining: 1 } })
    await ask(query)
    expect((await ask(query)).errors?.[0]?.type).toBe('RATE_LIMITED')
  })

  it('know no field that the schema does not have', async () => {
    expect((await ask('query { viewer { shoeSize } }')).errors?.[0]?.message).toContain('Cannot query field "shoeSize"')
  })
})

it('refuses a token that is none', async () => {
  expect(await ask('query { viewer { login } }', {}, 'wrong')).toMatchObject({
    status: 401,
    message: 'Bad credentials',
  })
})

it('finds a repository by its former name, and none that was deleted', async () => {
  const query = 'query { repository(owner: "acme", name: "billing-0") { id name } }'
  const before = z.object({ repository: z.object({ id: z.string() }) }).parse((await ask(query)).data)
  github.evolve({ renames: 20 })
  expect((await ask(query)).data).toMatchObject({
    repository: { id: before.repository.id, name: expect.stringContaining('-v1') },
  })
  github.evolve({ deletions: 60 })
  expect(await ask(query)).toMatchObject({ data: { repository: null }, errors: [{ type: 'NOT_FOUND' }] })
})

it('is the same site for the same options and the same history', async () => {
  const other = await startGithubSimulator({ repositories: 3, pullRequests: 90 })
  for (const site of [github, other]) site.evolve({ edits: 30, additions: 5 })
  expect([...other.truth().pullRequests()]).toEqual([...github.truth().pullRequests()])
  await other.close()
})

it('answers at once however large the organization is', async () => {
  await github.close()
  github = await startGithubSimulator({ repositories: 300, pullRequests: 100_000 })
  const { data } = await ask('query { viewer { repositories(first: 100) { totalCount } } }')
  expect(data).toEqual({ viewer: { repositories: { totalCount: 300 } } })
})
