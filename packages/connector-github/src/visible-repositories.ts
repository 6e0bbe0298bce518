import type { Context } from '@millrace/core'
import { z } from 'zod'
import {
  namedRepositoryOperation,
  ownerRepositoriesOperation,
  repositoriesByIdOperation,
  viewerRepositoriesOperation,
} from './api/repositories.graphql.ts'
import { takeCredential } from './credentials.ts'
import { cursorAfter } from './follow-list.ts'
import { askGithub, type GithubAnswer, type Query } from './github-client.ts'
import { githubFailure } from './github-failure.ts'
import type { GithubConfig } from './github-options.ts'
import { points } from './list-sizes.ts'
import { type SizeLadder, sizeLadder } from './page-sizes.ts'

/** Where in the list of repositories to go on. */
export const listCursor = z.object({
  /** Index of the source that is being read: an owner, a name, or everything that the credentials reach. */
  source: z.int(),
  after: z.string().nullable(),
})

export type ListCursor = z.output<typeof listCursor>

/** Of any of the operations that find repositories; which it was, shows in what is there. */
export const listAnswer = z
  .object({
    viewer: viewerRepositoriesOperation.data.shape.viewer,
    repositoryOwner: ownerRepositoriesOperation.data.shape.repositoryOwner,
    repository: namedRepositoryOperation.data.shape.repository,
    nodes: repositoriesByIdOperation.data.shape.nodes,
  })
  .partial()

export type ListAnswer = z.output<typeof listAnswer>

export interface RepositoriesRead {
  readonly answer: GithubAnswer<ListAnswer>
  /** The name that was asked for, where it was one; GitHub follows renames. */
  readonly askedFor: string | null
  readonly next: ListCursor | null
}

type Source = { readonly owner: string; readonly name?: string } | 'viewer' | 'installation'

const REPOSITORIES_PER_PAGE = 100
const PAGE_SIZES = [REPOSITORIES_PER_PAGE, 50, 25, 10, 5, 1] as const

/** After all sources: what is left is to find what is gone. It begins anew, since what was listed is not known any more. */
export const AFTER_THE_LAST: ListCursor = { source: -1, after: null }

/** The repositories that the settings may mean, page by page; `wanted` tells which of them they do. */
export async function* visibleRepositories(
  ctx: Context<GithubConfig>,
  from: ListCursor = AFTER_THE_LAST,
): AsyncGenerator<RepositoriesRead, void, undefined> {
  const sources = sourcesOf(ctx.config)
  const ladder = sizeLadder(PAGE_SIZES, REPOSITORIES_PER_PAGE, ctx.log)
  for (let at: ListCursor | null = { ...from, source: Math.max(0, from.source) }; at !== null; ) {
    const here: ListCursor = at
    const source = sources[here.source]
    if (source === undefined) return
    const { answer, end } = await readSource(ctx, ladder, source, here.after)
    at =
      end !== null
        ? { ...here, after: end }
        : here.source + 1 < sources.length
          ? { ...here, source: here.source + 1, after: null }
          : null
    const askedFor = typeof source === 'object' && source.name !== undefined ? `${source.owner}/${source.name}` : null
    yield { answer, askedFor, next: at }
  }
}

/** Whether the settings ask for this repository, if only by the name that it had; it is left out by the one that it has. */
export function wanted(
  config: GithubConfig,
  repository: {
    readonly nameWithOwner: string
    readonly formerName: string | null
    readonly isArchived?: unknown
    readonly isFork?: unknown
    readonly topics?: readonly string[]
  },
): boolean {
  const { repositories, exclude, topics } = config
  const { nameWithOwner, formerName } = repository
  const matches = (patterns: readonly string[], name: string): boolean =>
    patterns.some((each) => globOf(each).test(name))
  if (repositories.length > 0 && !matches(repositories, nameWithOwner)) {
    if (formerName === null || !matches(repositories, formerName)) return false
  }
  if (matches(exclude, nameWithOwner)) return false
  if (repository.isArchived === true && !config.includeArchived) return false
  if (repository.isFork === true && !config.includeForks) return false
  return topics.length === 0 || topics.some((topic) => repository.topics?.includes(topic))
}

/** Names are the same in any case. */
function globOf(pattern: string): RegExp {
  const source = pattern
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^/]*')
  return new RegExp(`^${source}$`, 'i')
}

function sourcesOf({ repositories, app }: GithubConfig): readonly Source[] {
  if (repositories.length === 0) return [app ? 'installation' : 'viewer']
  const sources = repositories.map((pattern): Source => {
    const [owner = '', name = ''] = pattern.split('/')
    return name.includes('*') ? { owner } : { owner, name }
  })
  return [...new Map(sources.map((source) => [JSON.stringify(source).toLowerCase(), source])).values()]
}

async function readSource(
  ctx: Context<GithubConfig>,
  ladder: SizeLadder,
  source: Source,
  after: string | null,
): Promise<{ readonly answer: GithubAnswer<ListAnswer>; readonly end: string | null }> {
  if (source === 'installation') return readInstallation(ctx, after)
  const topics = ctx.config.topics.length > 0
  const answer = await ladder.run((size) => askGithub(ctx, listQuery(source, after, topics, size)))
  const found = answer.data.viewer?.repositories ?? answer.data.repositoryOwner?.repositories
  if (typeof source === 'object' && (answer.missing || (!found && !answer.data.repository))) {
    const name = source.name === undefined ? `owner ${source.owner}` : `repository ${source.owner}/${source.name}`
    ctx.warn({
      about: 'Repositories',
      message:
        `GitHub does not know ${name}, or hides it from the credentials, so it is left out. Correct the settings, or give the ` +
        'credentials access to it.',
      facts: { source: name },
    })
  }
  return { answer, end: found ? cursorAfter(found.pageInfo, after, 'list the repositories') : null }
}

export function listQuery(
  source: Exclude<Source, 'installation'>,
  after: string | null,
  topics: boolean,
  first: number = REPOSITORIES_PER_PAGE,
): Query<ListAnswer> {
  const nested = topics ? 3 : 2
  const cost = points(1 + first * nested)
  const page = { first, after, topics }
  if (source === 'viewer') {
    const { text, variables } = viewerRepositoriesOperation
    return { purpose: 'list the repositories', text, variables: variables(page), data: listAnswer, points: cost }
  }
  const { owner, name } = source
  if (name === undefined) {
    const { text, variables } = ownerRepositoriesOperation
    const purpose = `list the repositories of ${owner}`
    return { purpose, text, variables: variables({ owner, ...page }), data: listAnswer, points: cost }
  }
  const { text, variables } = namedRepositoryOperation
  const purpose = `read repository ${owner}/${name}`
  return { purpose, text, variables: variables({ owner, name, topics }), data: listAnswer, points: points(nested) }
}

/** Repositories by their ids, as many at a time as GitHub bears; each answer with the ids that it is about. */
export async function* repositoriesById(
  ctx: Context<GithubConfig>,
  ids: readonly string[],
): AsyncGenerator<{ readonly asked: readonly string[]; readonly answer: GithubAnswer<ListAnswer> }, void, undefined> {
  const ladder = sizeLadder(PAGE_SIZES, REPOSITORIES_PER_PAGE, ctx.log)
  for (let start = 0; start < ids.length; ) {
    const from = start
    const found = await ladder.run(async (size) => {
      const asked = ids.slice(from, from + size)
      return { asked, answer: await askGithub(ctx, byIdQuery(asked, ctx.config.topics.length > 0)) }
    })
    yield found
    start += found.asked.length
  }
}

export function byIdQuery(ids: readonly string[], topics: boolean): Query<ListAnswer> {
  const cost = points(ids.length * (topics ? 3 : 2))
  return {
    purpose: 'read repositories by id',
    text: repositoriesByIdOperation.text,
    variables: repositoriesByIdOperation.variables({ ids, topics }),
    data: listAnswer,
    points: cost,
  }
}

const installationPage = z.looseObject({
  total_count: z.int(),
  repositories: z.array(z.looseObject({ node_id: z.string() })),
})

/** An App learns what it is installed for only from REST, which knows no pull requests: those are asked for by id. */
async function readInstallation(
  ctx: Context<GithubConfig>,
  after: string | null,
): Promise<{ readonly answer: GithubAnswer<ListAnswer>; readonly end: string | null }> {
  const page = after === null ? 1 : Number(after)
  const credential = await takeCredential(ctx, 0)
  const url = `${ctx.config.baseUrl.replace(/\/+$/, '')}/installation/repositories?per_page=${REPOSITORIES_PER_PAGE}&page=${page}`
  const response = await ctx
    .fetch(url, { headers: { authorization: credential.authorization, accept: 'application/vnd.github+json' } })
    .finally(() => credential.settle(undefined, 0))
  const parsed = response.ok ? installationPage.safeParse(await response.json()) : undefined
  if (!parsed?.success) {
    const reason = `GitHub answered ${response.status}`
    const remedy = 'Check that the App is installed and may read the repositories.'
    throw githubFailure('HTTP_STATUS', 'list the repositories of the installation', reason, remedy)
  }
  const ids = parsed.data.repositories.map(({ node_id }) => node_id)
  const read = page * REPOSITORIES_PER_PAGE
  const answer = await askGithub(ctx, byIdQuery(ids, ctx.config.topics.length > 0))
  return { answer, end: ids.length > 0 && read < parsed.data.total_count ? String(page + 1) : null }
}
