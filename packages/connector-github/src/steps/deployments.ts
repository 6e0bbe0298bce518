import { type Context, type DefineStep, entityId, type Step } from '@millrace/core'
import { z } from 'zod'
import { deploymentItem, deploymentsByIdOperation, deploymentsOperation } from '../api/shipping.graphql.ts'
import { deployments } from '../entities/deployments.ts'
import { repositories } from '../entities/repositories.ts'
import { cursorAfter } from '../follow-list.ts'
import { askGithub, type GithubAnswer, type Query } from '../github-client.ts'
import type { GithubConfig } from '../github-options.ts'
import { mapDeployment } from '../map-shipping.ts'
import { sinceOf, wantedRepositories } from '../wanted-repositories.ts'

const unit = z.object({
  repository_id: z.string(),
  name_with_owner: z.string(),
  seen_since: z.string().nullable().default(null),
  /** Deployments that are loaded and not over: they change without moving to the head of the list. */
  unsettled: z.array(z.string()),
})

const cursor = z.object({ last_deployment_cursor: z.string().nullable() })

/** A body of our own: which deployments of which answers are meant, which are gone, and which are all that there are. */
const contents = z.strictObject({
  deployments: z.array(z.strictObject({ answer: z.int(), position: z.int() })),
  gone: z.array(z.string()),
  all: z.array(z.string()).nullable(),
})
const answer = z.object({ deployments: z.undefined().optional(), data: z.unknown() })

const DEPLOYMENTS_PER_QUERY = 100
/** After these a deployment does not change by itself. */
const OVER: ReadonlySet<unknown> = new Set(['INACTIVE', 'ERROR', 'FAILURE', 'ABANDONED', 'DESTROYED'])

/**
 * Deployments, when they are asked for. GitHub lists them by creation only: a run reads back until a whole page is as old
 * as its window, and asks for those by id that were not over yet. One that was over and is removed is missed by a full sync.
 */
export function deploymentsStep(
  step: DefineStep<GithubConfig>,
  repositoriesStep: Step<string, never>,
): Step<'github_deployments', z.input<typeof unit>> {
  return step({
    name: 'github_deployments',
    displayName: 'Deployments',
    after: [repositoriesStep],
    reads: [repositories, deployments],
    enabled: (config) => config.deployments,
    unit,
    unitKey: ({ repository_id }) => repository_id,
    cursor,
    body: z.union([contents, answer]),
    items: 'deployments',
    async *units(ctx) {
      const unsettled = await unsettledDeployments(ctx)
      const { tenantId, id } = ctx.integration
      for await (const { repository_id, name_with_owner, seen_since } of wantedRepositories(ctx)) {
        const row = entityId(tenantId, id, repositories.name, repository_id)
        yield { repository_id, name_with_owner, seen_since, unsettled: unsettled.get(row) ?? [] }
      }
    },
    async *extract({ unit: { repository_id, seen_since, unsettled }, from }, ctx) {
      const since = sinceOf(ctx.window, seen_since)
      const seen = new Set<string>()
      for (let after = from?.last_deployment_cursor ?? null; ; ) {
        const here: string | null = after
        const { data, bytes } = await askGithub(ctx, deploymentsQuery(repository_id, here))
        if (!data.node) {
          const contents = { deployments: [], gone: [], all: null }
          yield { bodies: [JSON.stringify(contents), bytes], next: null, keepsWatermark: true }
          return
        }
        const { pageInfo, nodes } = data.node.deployments
        for (const node of nodes) if (node) seen.add(node.id)
        const end = cursorAfter(pageInfo, here, `list the deployments of repository ${repository_id}`)
        const isOld = since !== undefined && nodes.every((node) => node === null || node.updatedAt < since)
        if (end !== null && !isOld) {
          const contents = { deployments: positionsIn(1, nodes), gone: [], all: null }
          yield { bodies: [JSON.stringify(contents), bytes], next: { last_deployment_cursor: end } }
          after = end
          continue
        }
        // After a crash what was seen before it is not known any more.
        const all = end === null && from === undefined ? [...seen] : null
        const { answers, gone } = await readById(ctx, all ? [] : unsettled.filter((id) => !seen.has(id)))
        const found = [nodes, ...answers.map((each) => each.data.nodes)]
        const positions = found.flatMap((list, index) => positionsIn(index + 1, list))
        const contents = { deployments: positions, gone, all }
        yield { bodies: [JSON.stringify(contents), bytes, ...answers.map((each) => each.bytes)], next: null }
        return
      }
    },
    *transform({ unit: { repository_id }, bodies }) {
      const { deployments: found, gone, all } = contents.parse(bodies[0])
      for (const { answer: index, position } of found) {
        const node = nodesIn(answer.parse(bodies[index]).data)[position]
        yield* mapDeployment(repository_id, deploymentItem.parse(node))
      }
      for (const id of gone) yield deployments.delete(id)
      // The repository itself has told them all, and said so of no other.
      const within = { column: 'repository_id', externalId: repository_id } as const
      if (all) yield deployments.census(all, { within, certain: true })
    },
  })
}

/** Those that may still change, by the row of their repository. */
async function unsettledDeployments(ctx: Context<GithubConfig>): Promise<ReadonlyMap<string, string[]>> {
  const found = new Map<string, string[]>()
  for await (const rows of ctx.rows(deployments)) {
    for (const { repository_id, external_id, state } of rows) {
      if (OVER.has(state)) continue
      const ids = found.get(String(repository_id)) ?? []
      ids.push(String(external_id))
      found.set(String(repository_id), ids)
    }
  }
  return found
}

async function readById(ctx: Context<GithubConfig>, ids: readonly string[]) {
  const answers: GithubAnswer<DeploymentList>[] = []
  const gone: string[] = []
  for (let start = 0; start < ids.length; start += DEPLOYMENTS_PER_QUERY) {
    const some = ids.slice(start, start + DEPLOYMENTS_PER_QUERY)
    const found = await askGithub(ctx, deploymentsByIdQuery(some))
    answers.push(found)
    gone.push(...some.filter((_, position) => found.data.nodes[position] === null))
  }
  return { answers, gone }
}

function positionsIn(answer: number, nodes: readonly unknown[]) {
  return nodes.flatMap((node, position) => (node === null ? [] : [{ answer, position }]))
}

/** Of a page, or of an answer by id. */
const list = z.union([
  deploymentsOperation.data.pick({ node: true }),
  deploymentsByIdOperation.data.pick({ nodes: true }),
])

function nodesIn(data: unknown): readonly unknown[] {
  const found = list.parse(data)
  return 'nodes' in found ? found.nodes : (found.node?.deployments.nodes ?? [])
}

const { node } = deploymentsOperation.data.shape
const heads = z.array(deploymentItem.pick({ id: true, updatedAt: true }).nullable())
const page = node.unwrap().extend({ deployments: node.unwrap().shape.deployments.extend({ nodes: heads }) })
const pageAnswer = z.object({ node: page.nullable() })
const byIdAnswer = deploymentsByIdOperation.data.pick({ nodes: true })

type DeploymentPage = z.output<typeof pageAnswer>
type DeploymentList = z.output<typeof byIdAnswer>

export function deploymentsQuery(id: string, after: string | null): Query<DeploymentPage> {
  const { text, variables } = deploymentsOperation
  const given = variables({ id, first: DEPLOYMENTS_PER_QUERY, after })
  return { purpose: `list the deployments of repository ${id}`, text, variables: given, data: pageAnswer, points: 1 }
}

export function deploymentsByIdQuery(ids: readonly string[]): Query<DeploymentList> {
  const { text, variables } = deploymentsByIdOperation
  return { purpose: 'read deployments by id', text, variables: variables({ ids }), data: byIdAnswer, points: 1 }
}
