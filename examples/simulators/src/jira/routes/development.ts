import { okJson, refusal } from '../answer.ts'
import { developmentDetailQuery, developmentSummaryQuery } from '../contract/requests.ts'
import { developmentDetail, developmentSummary } from '../wire/development-json.ts'
import type { Development } from '../world/development.ts'
import type { World } from '../world/world.ts'
import { type Route, route } from './route.ts'

const NOBODY = refusal(401, 'You do not have the permission to see the specified issue.')
const HIDDEN = refusal(403, 'You do not have the permission to see the specified issue.')
const NONE: Development = { instances: [], pullRequests: [], commits: [] }

/** Undefined where the user may not see the issue. */
const developmentOfIssue = (world: World, issueId: string): Development | undefined => {
  if (world.find(issueId) !== world.findVisible(issueId)) return undefined
  const index = world.find(issueId)
  return index === undefined ? NONE : world.development(world.issue(index))
}

/** The undocumented endpoints behind an issue's development panel. Old clients say 1.0 where new ones say latest. */
export const developmentRoutes: readonly Route[] = ['latest', '1.0'].flatMap((version) => [
  route({
    method: 'GET',
    path: `/rest/dev-status/${version}/issue/summary`,
    query: developmentSummaryQuery,
    anonymous: NOBODY,
    handle: ({ site, query: { issueId } }) => {
      const development = developmentOfIssue(site.world, issueId)
      if (development === undefined) return HIDDEN
      return okJson({ errors: [], configErrors: [], summary: developmentSummary(development) })
    },
  }),
  route({
    method: 'GET',
    path: `/rest/dev-status/${version}/issue/detail`,
    query: developmentDetailQuery,
    anonymous: NOBODY,
    handle: ({ site, query: { issueId, applicationType, dataType } }) => {
      const development = developmentOfIssue(site.world, issueId)
      if (development === undefined) return HIDDEN
      const instance = development.instances.find((each) => each === applicationType)
      const { branch, pullrequest, commit, repository } = counts(development)
      const holds = { branch, pullrequest, commit, repository, build: 0 }[dataType] > 0
      return okJson({
        errors: [],
        detail: instance === undefined || !holds ? [] : [developmentDetail(site.view, development, instance, dataType)],
      })
    },
  }),
])

const counts = ({ pullRequests, commits }: Development) => ({
  branch: pullRequests.length,
  pullrequest: pullRequests.length,
  commit: commits.length,
  repository: commits.length,
})
