import { type Context, type DefineStep, entityId, type Step } from '@millrace/core'
import { z } from 'zod'
import { repository } from '../api/repository-api.ts'
import { prs } from '../entities/prs.ts'
import { repositories } from '../entities/repositories.ts'
import { askGithub } from '../github-client.ts'
import type { GithubConfig } from '../github-options.ts'
import { mapRepository } from '../map-repository.ts'
import { byIdQuery, type ListAnswer, listCursor, visibleRepositories, wanted } from '../visible-repositories.ts'

/** A body of our own: what is in which answer, and what is gone. */
const contents = z.strictObject({
  repositories: z.array(z.strictObject({ answer: z.int(), position: z.int() })),
  gone: z.array(z.strictObject({ repository_id: z.string(), pull_request_ids: z.array(z.string()) })),
})
const answer = z.looseObject({ repositories: z.undefined().optional(), data: z.unknown() })
const body = z.union([contents, answer])

const inAnswer = z.looseObject({
  viewer: z.looseObject({ repositories: z.looseObject({ nodes: z.array(z.unknown()) }) }).optional(),
  repositoryOwner: z.looseObject({ repositories: z.looseObject({ nodes: z.array(z.unknown()) }) }).nullish(),
  repository: z.unknown().optional(),
  nodes: z.array(z.unknown()).optional(),
})

const IDS_PER_QUERY = 100
/** More than this share at once is taken for a lost permission, and left alone, unless they are few. */
const LARGEST_SHARE_GONE = 0.5
const FEW = 5

/** The repositories that the settings mean; those that are gone are found by asking for them by their ids. */
export function repositoriesStep(step: DefineStep<GithubConfig>): Step<'github_repositories', Record<string, never>> {
  return step({
    name: 'github_repositories',
    displayName: 'Repositories',
    cursor: listCursor,
    body,
    items: 'repositories',
    reads: [repositories, prs],
    async *extract({ from }, ctx) {
      // After a crash what was seen before it is not known any more; then more is asked for by id.
      const seen = new Set<string>()
      for await (const { answer, next } of visibleRepositories(ctx, from)) {
        const positions = nodesOf(answer.data).flatMap((node, position) => {
          if (!isRepository(node) || !isWanted(ctx.config, node)) return []
          seen.add(node.id)
          return [{ answer: 1, position }]
        })
        if (next !== null) {
          yield { bodies: [JSON.stringify({ repositories: positions, gone: [] }), answer.bytes], next }
          continue
        }
        const absent = await readAbsent(ctx, seen)
        const more = absent.answers.flatMap(({ data }, index) =>
          nodesOf(data).flatMap((node, position) => (isRepository(node) ? [{ answer: index + 2, position }] : [])),
        )
        const index = { repositories: [...positions, ...more], gone: absent.gone }
        yield { bodies: [JSON.stringify(index), answer.bytes, ...absent.answers.map(({ bytes }) => bytes)], next }
      }
    },
    *transform({ bodies }) {
      const { repositories: found, gone } = contents.parse(bodies[0])
      for (const { answer: index, position } of found) {
        const { data } = answer.parse(bodies[index])
        yield mapRepository(repository.parse(nodesOf(inAnswer.parse(data))[position]))
      }
      for (const { repository_id, pull_request_ids } of gone) {
        yield repositories.delete(repository_id)
        for (const id of pull_request_ids) yield prs.delete(id)
      }
    },
  })
}

function nodesOf(data: ListAnswer | z.output<typeof inAnswer>): readonly unknown[] {
  const list = data.viewer?.repositories.nodes ?? data.repositoryOwner?.repositories.nodes ?? data.nodes
  return list ?? (data.repository ? [data.repository] : [])
}

const named = z.looseObject({
  id: z.string(),
  nameWithOwner: z.string(),
  repositoryTopics: z
    .object({ nodes: z.array(z.object({ topic: z.object({ name: z.string() }) }).nullable()) })
    .optional(),
})

function isRepository(node: unknown): node is z.output<typeof named> {
  return named.safeParse(node).success
}

function isWanted(config: GithubConfig, node: z.output<typeof named>): boolean {
  const topics = node.repositoryTopics?.nodes.flatMap((each) => each?.topic.name ?? []) ?? []
  return wanted(config, { ...node, topics })
}

/** What is loaded but was not listed: renamed out of the settings, transferred, hidden or deleted. */
async function readAbsent(ctx: Context<GithubConfig>, seen: ReadonlySet<string>) {
  const stored: string[] = []
  const absent: string[] = []
  for await (const rows of ctx.rows(repositories)) {
    for (const { external_id } of rows) {
      stored.push(String(external_id))
      if (!seen.has(String(external_id))) absent.push(String(external_id))
    }
  }
  const answers = []
  const gone: string[] = []
  for (let start = 0; start < absent.length; start += IDS_PER_QUERY) {
    const ids = absent.slice(start, start + IDS_PER_QUERY)
    const found = await askGithub(ctx, byIdQuery(ids, ctx.config.topics.length > 0))
    answers.push(found)
    gone.push(...ids.filter((_, position) => found.data.nodes?.[position] === null))
  }
  if (gone.length > FEW && gone.length > stored.length * LARGEST_SHARE_GONE) {
    const facts = { gone: gone.length, stored: stored.length }
    ctx.log.warn(
      facts,
      'Most repositories are out of sight, which looks like a lost permission. None is taken for deleted.',
    )
    return { answers, gone: [] }
  }
  return { answers, gone: await withPullRequests(ctx, gone) }
}

async function withPullRequests(ctx: Context<GithubConfig>, gone: readonly string[]) {
  if (gone.length === 0) return []
  const { tenantId, id } = ctx.integration
  const byRow = new Map(
    gone.map((each) => [
      entityId(tenantId, id, repositories.name, each),
      { repository_id: each, pull_request_ids: [] as string[] },
    ]),
  )
  for await (const rows of ctx.rows(prs)) {
    for (const { repository_id, external_id } of rows) {
      byRow.get(String(repository_id))?.pull_request_ids.push(String(external_id))
    }
  }
  return [...byRow.values()]
}
