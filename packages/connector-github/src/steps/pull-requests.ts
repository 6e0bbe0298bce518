import type { Context, DefineStep, Step } from '@millrace/core'
import { z } from 'zod'
import { takeCredential } from '../credentials.ts'
import { repositories } from '../entities/repositories.ts'
import type { GithubConfig } from '../github-options.ts'
import { mapPullRequest } from '../map-pull-request.ts'
import { type PageContents, pageBody, pullRequestsOn } from '../pull-request-record.ts'
import { walkCursor, walkPullRequests } from '../walk-pull-requests.ts'
import { wantedRepositories } from '../wanted-repositories.ts'
import { type LongPullRequest, type LongStepName, stepFor } from './long-pull-requests.ts'

const unit = z.object({
  repository_id: z.string(),
  name_with_owner: z.string(),
  /** As the list of repositories showed them: when nothing changed and nothing is open, nothing is asked. */
  latest_update: z.string().nullable(),
  open: z.int(),
  /** Since when that list is true; null where it was not read, or not to its end. */
  listed: z.string().nullable().default(null),
  seen_since: z.string().nullable().default(null),
})

export type RepositoryUnit = z.input<typeof unit>

type LongSteps = { readonly [Name in LongStepName]: Step<Name, LongPullRequest> }

/** Pull requests, one unit per repository. Those whose lists go on beyond their page become units of other steps. */
export function pullRequestsStep(
  step: DefineStep<GithubConfig>,
  repositoriesStep: Step<string, never>,
  longSteps: LongSteps,
): Step<'github_prs', RepositoryUnit> {
  return step({
    name: 'github_prs',
    displayName: 'Pull Requests',
    after: [repositoriesStep],
    reads: [repositories],
    spawns: Object.values(longSteps),
    unit,
    queueName: 'repo_processing_queue',
    // A repository keeps its id when it is renamed or transferred.
    unitKey: ({ repository_id }) => repository_id,
    cursor: walkCursor,
    body: pageBody,
    items: 'pull_requests',
    async *units(ctx) {
      await learnClock(ctx)
      const listed = (await ctx.upToDateSince(repositoriesStep))?.toISOString() ?? null
      for await (const repository of wantedRepositories(ctx)) yield { ...repository, listed }
    },
    async *extract({ unit, from }, ctx) {
      for await (const { answer, ...rest } of walkPullRequests(unit, from, ctx)) {
        const nodes = answer.data.node?.pullRequests.nodes ?? []
        const long = nodes.flatMap((node) => {
          const name = node && stepFor(node)
          return name ? [longSteps[name].spawn({ repository_id: unit.repository_id, current_pr_node_id: node.id })] : []
        })
        const complete = nodes.flatMap((node, position) => (node && stepFor(node) === undefined ? [{ position }] : []))
        const contents: PageContents = { pull_requests: complete }
        yield { bodies: [JSON.stringify(contents), answer.bytes], ...rest, spawn: long }
      }
    },
    *transform({ unit: { repository_id }, bodies }) {
      for (const pull of pullRequestsOn(bodies)) yield* mapPullRequest(repository_id, pull)
    },
  })
}

/**
 * Windows end by GitHub's clock, which only its answers tell, and the list of units comes from the database. This question
 * costs no points; whatever the answer is, it is dated.
 */
async function learnClock(ctx: Context<GithubConfig>): Promise<void> {
  const credential = await takeCredential(ctx, 0)
  const url = `${ctx.config.baseUrl.replace(/\/+$/, '')}/rate_limit`
  const init = { headers: { authorization: credential.authorization }, returnStatuses: [401, 403, 404, 429] }
  await ctx.fetch(url, init).finally(() => credential.settle(undefined, 0))
}
