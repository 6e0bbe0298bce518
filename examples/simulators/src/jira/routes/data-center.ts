import { type Answer, ISSUE_MISSING, ok, okJson, refusal } from '../answer.ts'
import { issueQuery, noQuery, offsetSearchBody, projectListQuery } from '../contract/requests.ts'
import { JqlError } from '../jql/jql-error.ts'
import { planSearch } from '../jql/search-plan.ts'
import type { Keyset } from '../jql/walk.ts'
import { asDataCenter } from '../wire/data-center-json.ts'
import { list } from '../wire/json-text.ts'
import { issueJson } from '../wire/projection.ts'
import { hasKey } from '../world/projects.ts'
import { projectJson } from './projects.ts'
import { type Route, route } from './route.ts'

/** What Data Center answers in version 2 as Cloud does in version 3, but for the form of users and texts. */
const SHARED = new Set([
  'GET /rest/api/3/myself',
  'GET /rest/api/3/serverInfo',
  'GET /rest/api/3/project/:project/statuses',
  'GET /rest/api/3/project/:project/versions',
  'GET /rest/api/3/project/:project/components',
  'GET /rest/api/3/status',
  'GET /rest/api/3/issuetype',
  'GET /rest/api/3/issueLinkType',
  'GET /rest/api/3/field',
  'GET /rest/api/3/issue/createmeta/:project/issuetypes',
  'GET /rest/api/3/issue/createmeta/:project/issuetypes/:type',
  'GET /rest/api/3/issue/:issue/comment',
  'GET /rest/api/3/issue/:issue/worklog',
  'GET /rest/api/3/issue/:issue/remotelink',
  'GET /rest/agile/1.0/board',
  'GET /rest/agile/1.0/board/:board/sprint',
  'GET /rest/dev-status/latest/issue/summary',
  'GET /rest/dev-status/latest/issue/detail',
])

const UNAUTHORIZED = refusal(401, 'You are not authenticated. Authentication required to perform this operation.')
const MOST_ISSUES_PER_PAGE = 1000
const EXPANDED = ['description', 'lead', 'issueTypes', 'projectKeys']

/** Jira Data Center: searches page by position, there is no bulk endpoint, and histories are embedded whole. */
export const dataCenterRoutes = (cloud: readonly Route[]): readonly Route[] =>
  [...cloud.filter(({ method, path }) => SHARED.has(`${method} ${path}`)), ...OWN].map(({ method, path, answer }) => ({
    method,
    path: path.replace('/rest/api/3/', '/rest/api/2/'),
    answer: (call) => {
      if (call.caller === 'anonymous') return UNAUTHORIZED
      const answered = answer(call)
      const body = path.includes('/createmeta/') ? asPageOfValues(answered.body) : answered.body
      return { ...answered, body: asDataCenter(body, call.site.world.people) }
    },
  }))

/** What Cloud calls by the name of what it lists, Data Center calls values, as in its other pages. */
const asPageOfValues = (body: string): string => {
  const { issueTypes, fields, ...page } = JSON.parse(body) as Readonly<Record<string, unknown>>
  const values = issueTypes ?? fields
  return values === undefined ? body : JSON.stringify({ ...page, values })
}

const OWN: readonly Route[] = [
  route({
    method: 'GET',
    path: '/rest/api/3/project',
    query: projectListQuery,
    anonymous: UNAUTHORIZED,
    handle: ({ site: { world }, query: { includeArchived } }) =>
      okJson(
        world.projects
          .filter(({ isVisible }) => isVisible)
          .filter(({ state }) => state === 'live' || (includeArchived && state === 'archived'))
          .map((project) => projectJson(world, project, EXPANDED)),
      ),
  }),
  route({
    method: 'GET',
    path: '/rest/api/3/project/:project',
    query: noQuery,
    anonymous: UNAUTHORIZED,
    handle: ({ site: { world }, params: { project: wanted } }) => {
      const found = world.projects.find(
        (project) =>
          project.state !== 'deleted' && project.isVisible && (project.id === wanted || hasKey(project, wanted ?? '')),
      )
      if (found === undefined) return refusal(404, `No project could be found with key '${wanted}'.`)
      return okJson(projectJson(world, found, EXPANDED))
    },
  }),
  route({
    method: 'GET',
    path: '/rest/api/3/issue/:issue',
    query: issueQuery,
    anonymous: UNAUTHORIZED,
    handle: ({ site: { world, view, projections }, params: { issue: idOrKey = '' }, query, bend }) => {
      const index = world.findVisible(idOrKey)
      if (index === undefined) return ISSUE_MISSING
      const projection = { ...projections.compile(query.fields ?? ['*all']), hasKey: true }
      const { historyLimit, hidesTotal } = bend
      const changelog = query.expand.includes('changelog')
      const expansion = { changelog, historyLimit, hidesTotal, whole: true, withoutFields: false }
      return ok(issueJson({ view, issue: world.issue(index) }, projection, expansion))
    },
  }),
  route({
    method: 'POST',
    path: '/rest/api/3/search',
    query: noQuery,
    body: offsetSearchBody,
    anonymous: UNAUTHORIZED,
    handle: ({ site: { world, view, walker, projections }, body, bend }): Answer => {
      try {
        const plan = planSearch(body.jql, world, view.zone, body.validateQuery)
        const projection = projections.compile(body.fields)
        const limit = Math.min(body.maxResults, bend.pageSize ?? MOST_ISSUES_PER_PAGE, MOST_ISSUES_PER_PAGE)
        const indexes: number[] = []
        for (let after: Keyset | undefined; indexes.length < body.startAt + limit; ) {
          const page = walker.page(plan, after, MOST_ISSUES_PER_PAGE)
          indexes.push(...page.indexes)
          after = page.next
          if (after === undefined) break
        }
        const expansion = {
          changelog: body.expand.includes('changelog'),
          historyLimit: bend.historyLimit,
          hidesTotal: bend.hidesTotal,
          whole: true,
        }
        const issues = indexes
          .slice(body.startAt, body.startAt + limit)
          .map((index, position) =>
            issueJson(
              { view, issue: world.issue(index) },
              { ...projection, hasKey: true },
              { ...expansion, withoutFields: position === bend.withoutFieldsAt },
            ),
          )
        return ok(
          `{"startAt":${body.startAt},"maxResults":${limit},"total":${walker.count(plan)},"issues":${list(issues)}}`,
        )
      } catch (error) {
        if (error instanceof JqlError) return refusal(400, error.message)
        throw error
      }
    },
  }),
]
