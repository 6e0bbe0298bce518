import type { Context, DefineStep, MillraceError, Step } from '@millrace/core'
import { z } from 'zod'
import { repositoryItem } from '../api/repositories.graphql.ts'
import { deployments } from '../entities/deployments.ts'
import { prs } from '../entities/prs.ts'
import { repositories } from '../entities/repositories.ts'
import type { GithubAnswer } from '../github-client.ts'
import { githubFailure } from '../github-failure.ts'
import type { GithubConfig } from '../github-options.ts'
import { mapRepository } from '../map-repository.ts'
import {
  AFTER_THE_LAST,
  type ListAnswer,
  listAnswer,
  listCursor,
  repositoriesById,
  visibleRepositories,
  wanted,
} from '../visible-repositories.ts'

/** A body of our own: what is in which answer, and what is gone. */
const contents = z.strictObject({
  repositories: z.array(
    z.strictObject({
      answer: z.int(),
      position: z.int(),
      /** The name that was asked for, where that was one. */
      asked_for: z.string().nullable().default(null),
    }),
  ),
  /** Ids of repositories that are gone, with all that was in them. */
  gone: z.array(z.string()),
  /** When that was so, by GitHub's clock. */
  at: z.coerce.date(),
})
const answer = z.looseObject({ repositories: z.undefined().optional(), data: z.unknown() })
const body = z.union([contents, answer])

/** More than this share at once is taken for a lost permission, unless they are few. */
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
    reads: [repositories],
    async *extract({ from }, ctx) {
      // After a crash what was seen before it is not known any more; then more is asked for by id.
      const seen = new Set<string>()
      for await (const { answer, askedFor, next } of visibleRepositories(ctx, from)) {
        const positions = nodesOf(answer.data).flatMap((node, position) => {
          const { data: found } = named.safeParse(node)
          if (!found || !isWanted(ctx.config, found, askedFor)) return []
          seen.add(found.id)
          return [{ answer: 1, position, asked_for: askedFor }]
        })
        if (next !== null) {
          const index = { repositories: positions, gone: [], at: answer.at }
          yield { bodies: [JSON.stringify(index), answer.bytes], next }
          continue
        }
        const absent = await readAbsent(ctx, seen)
        if (looksLikeLostPermission(ctx, absent)) {
          const index = { repositories: positions, gone: [], at: answer.at }
          yield { bodies: [JSON.stringify(index), answer.bytes], next: AFTER_THE_LAST }
          throw lostPermission(absent)
        }
        const more = absent.answers.flatMap(({ data }, index) =>
          nodesOf(data).flatMap((node, position) =>
            named.safeParse(node).success ? [{ answer: index + 2, position }] : [],
          ),
        )
        const index = { repositories: [...positions, ...more], gone: absent.gone, at: answer.at }
        yield { bodies: [JSON.stringify(index), answer.bytes, ...absent.answers.map(({ bytes }) => bytes)], next }
      }
    },
    *transform({ bodies }, lookup) {
      const { repositories: found, gone, at } = contents.parse(bodies[0])
      for (const { answer: index, position, asked_for } of found) {
        const { data } = answer.parse(bodies[index])
        const repository = repositoryItem.parse(nodesOf(listAnswer.parse(data))[position])
        const row = lookup.get(repositories, repository.id)
        const known = row && stored.parse(row)
        const isFormer = asked_for !== null && asked_for.toLowerCase() !== repository.nameWithOwner.toLowerCase()
        yield mapRepository(repository, {
          // Everything that is in it has the repository's name in its URL.
          seenSince: known?.name_with_owner === repository.nameWithOwner ? known.seen_since : at,
          formerName: isFormer ? asked_for : (known?.former_name ?? null),
        })
      }
      for (const externalId of gone) {
        yield repositories.delete(externalId)
        for (const entity of [prs, deployments]) {
          yield entity.census([], { within: { column: 'repository_id', externalId }, certain: true })
        }
      }
    },
  })
}

/** Of a stored repository, whatever the loader made of the value. */
const stored = z.looseObject({
  name_with_owner: z.string(),
  seen_since: z.coerce.date().nullable(),
  former_name: z.string().nullish(),
})

function nodesOf(data: ListAnswer): readonly unknown[] {
  const list = data.viewer?.repositories.nodes ?? data.repositoryOwner?.repositories.nodes ?? data.nodes
  return list ?? (data.repository ? [data.repository] : [])
}

const named = repositoryItem.pick({
  id: true,
  nameWithOwner: true,
  isArchived: true,
  isFork: true,
  repositoryTopics: true,
})

function isWanted(
  config: GithubConfig,
  { repositoryTopics, ...node }: z.output<typeof named>,
  formerName: string | null,
): boolean {
  return wanted(config, { ...node, formerName, topics: repositoryTopics?.nodes.map(({ topic }) => topic.name) ?? [] })
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
  const answers: GithubAnswer<ListAnswer>[] = []
  const gone: string[] = []
  for await (const { asked, answer } of repositoriesById(ctx, absent)) {
    answers.push(answer)
    gone.push(...asked.filter((_, position) => answer.data.nodes?.[position] === null))
  }
  return { answers, gone, stored: stored.length }
}

type Absent = Awaited<ReturnType<typeof readAbsent>>

function looksLikeLostPermission({ options }: Context<GithubConfig>, { gone, stored }: Absent): boolean {
  return gone.length > FEW && gone.length > stored * LARGEST_SHARE_GONE && options.allowDeletions !== true
}

/** None is taken for deleted, and nobody may think that what is stored of them is what GitHub has. */
function lostPermission({ gone, stored }: Absent): MillraceError {
  const reason = `of ${stored} repositories ${gone.length} are out of sight, which looks like a lost permission`
  const remedy = 'Check what the credentials may read; if they are really gone, run again with allowDeletions.'
  const facts = { gone: gone.length, stored }
  return githubFailure('CENSUS_REFUSED', 'tell which repositories are deleted', reason, remedy, facts)
}
