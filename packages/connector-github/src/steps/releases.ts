import type { DefineStep, Step } from '@millrace/core'
import { z } from 'zod'
import { releaseItem, releasesOperation } from '../api/shipping.graphql.ts'
import { repositories } from '../entities/repositories.ts'
import { cursorAfter } from '../follow-list.ts'
import { askGithub, type GithubAnswer, type Query } from '../github-client.ts'
import type { GithubConfig } from '../github-options.ts'
import { mapReleases } from '../map-shipping.ts'
import { wantedRepositories } from '../wanted-repositories.ts'

const unit = z.object({ repository_id: z.string(), name_with_owner: z.string() })
const body = z.object({ data: releasesOperation.data.pick({ node: true }) })

const RELEASES_PER_PAGE = 100

/**
 * Releases, when they are asked for. GitHub lists them by creation only, so an edited one is found by reading them all; which
 * one is the latest changes with none of them being updated. They are read to the end into one record.
 */
export function releasesStep(
  step: DefineStep<GithubConfig>,
  repositoriesStep: Step<string, never>,
): Step<'github_releases', z.input<typeof unit>> {
  return step({
    name: 'github_releases',
    displayName: 'Releases',
    after: [repositoriesStep],
    reads: [repositories],
    enabled: ({ releases }) => releases,
    unit,
    unitKey: ({ repository_id }) => repository_id,
    body,
    async *units(ctx) {
      for await (const { repository_id, name_with_owner } of wantedRepositories(ctx)) {
        yield { repository_id, name_with_owner }
      }
    },
    async *extract({ unit: { repository_id } }, ctx) {
      const bodies: Uint8Array[] = []
      for (let after: string | null = null; ; ) {
        const here: string | null = after
        const answer: GithubAnswer<ReleasePage> = await askGithub(ctx, releasesQuery(repository_id, here))
        if (!answer.data.node) return
        bodies.push(answer.bytes)
        const { pageInfo } = answer.data.node.releases
        after = cursorAfter(pageInfo, here, `list the releases of repository ${repository_id}`)
        if (after === null) break
      }
      yield { bodies, next: null }
    },
    *transform({ unit: { repository_id }, bodies }) {
      const nodes = bodies.flatMap(({ data }) => data.node?.releases.nodes ?? [])
      const found = nodes.flatMap((node) => (node === null ? [] : [releaseItem.parse(node)]))
      // What was published meanwhile moved others to the next page, where they came again.
      yield* mapReleases(repository_id, [...new Map(found.map((release) => [release.id, release])).values()])
    },
  })
}

type ReleasePage = z.output<typeof body>['data']

export function releasesQuery(id: string, after: string | null): Query<ReleasePage> {
  const { text, variables, data } = releasesOperation
  const purpose = `list the releases of repository ${id}`
  const given = variables({ id, first: RELEASES_PER_PAGE, after })
  return { purpose, text, variables: given, data: data.pick({ node: true }), points: 1 }
}
