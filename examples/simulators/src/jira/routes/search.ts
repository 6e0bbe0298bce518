import { type Answer, ok, okJson, refusal } from '../answer.ts'
import { countBody, noQuery, type SearchRequest, searchBody, searchQuery } from '../contract/requests.ts'
import { JqlError } from '../jql/jql-error.ts'
import { planSearch } from '../jql/search-plan.ts'
import { decodeToken, encodeToken } from '../page-token.ts'
import { quote } from '../wire/json-text.ts'
import { issueJson } from '../wire/projection.ts'
import { issueIdOf } from '../world/census-plan.ts'
import { type Call, type Route, route } from './route.ts'

/** With any field beyond id and key, a page holds at most this many issues, whatever was asked for. */
const MOST_ISSUES_WITH_FIELDS = 100
const MOST_IDENTITIES = 5000

const NOBODY = ok('{"issues":[],"isLast":true}')

const REMOVED = refusal(
  410,
  'The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046',
)

/** Runs what may refuse a query, and answers the refusal as Jira would. */
const refusingJql = (answer: () => Answer): Answer => {
  try {
    return answer()
  } catch (error) {
    if (error instanceof JqlError) return refusal(400, error.message)
    throw error
  }
}

const search = ({ site, bend }: Pick<Call<unknown, unknown>, 'site' | 'bend'>, request: SearchRequest): Answer =>
  refusingJql(() => {
    const { world, view, walker, projections } = site
    if (request.maxResults < 1 || request.maxResults > MOST_IDENTITIES) {
      return refusal(400, `The value of maxResults must be between 1 and ${MOST_IDENTITIES}.`)
    }
    const plan = planSearch(request.jql, world, view.zone)
    const fields = request.fields === undefined || request.fields.length === 0 ? ['id'] : request.fields
    const projection = projections.compile(fields)
    const identity = `${request.jql} ${fields.join(',')}`
    const after = request.nextPageToken === undefined ? undefined : decodeToken(identity, request.nextPageToken)
    if (request.nextPageToken !== undefined && after === undefined) {
      return refusal(400, 'The provided next page token is invalid or has expired.')
    }
    const most =
      projection.identityOnly && !request.expand.includes('changelog') ? MOST_IDENTITIES : MOST_ISSUES_WITH_FIELDS
    const limit = Math.min(request.maxResults, most, bend.pageSize ?? most)
    const { indexes, next } = walker.page(plan, after, limit)
    const { historyLimit, hidesTotal } = bend
    const expansion = { changelog: request.expand.includes('changelog'), historyLimit, hidesTotal }
    let issues = ''
    for (const [position, index] of indexes.entries()) {
      const withoutFields = position === bend.withoutFieldsAt
      const text =
        projection.identityOnly && !projection.hasKey
          ? `{"id":"${issueIdOf(index)}"}`
          : issueJson({ view, issue: world.issue(index) }, projection, { ...expansion, withoutFields })
      issues += position === 0 ? text : `,${text}`
    }
    const own = next === undefined ? undefined : encodeToken(identity, next)
    const token = bend.repeatToken ? (request.nextPageToken ?? own) : own
    const last = `"isLast":${token === undefined}`
    const end = token === undefined || bend.dropToken ? last : `"nextPageToken":${quote(token)},${last}`
    const names = request.expand.includes('names')
      ? `,"names":${JSON.stringify(Object.fromEntries(projection.fields.map(({ id, name }) => [id, name])))}`
      : ''
    const schema = request.expand.includes('schema')
      ? `,"schema":${JSON.stringify(Object.fromEntries(projection.fields.map((field) => [field.id, field.schema])))}`
      : ''
    return { ...ok(`{"issues":[${issues}]${names}${schema},${end}}`), things: indexes.length }
  })

export const searchRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/rest/api/3/search/jql',
    query: searchQuery,
    anonymous: NOBODY,
    handle: (call) => search(call, call.query),
  }),
  route({
    method: 'POST',
    path: '/rest/api/3/search/jql',
    query: noQuery,
    body: searchBody,
    anonymous: NOBODY,
    handle: (call) => search(call, call.body),
  }),
  route({
    method: 'POST',
    path: '/rest/api/3/search/approximate-count',
    query: noQuery,
    body: countBody,
    anonymous: okJson({ count: 0 }),
    handle: ({ site, body: { jql } }) =>
      refusingJql(() => okJson({ count: site.walker.count(planSearch(jql, site.world, site.view.zone)) })),
  }),
  ...(['GET', 'POST'] as const).map((method) =>
    route({ method, path: '/rest/api/3/search', query: noQuery, anonymous: REMOVED, handle: () => REMOVED }),
  ),
]
