import { ok, refusal } from '../answer.ts'
import { type BulkChangelogRequest, bulkChangelogBody, bulkFetchBody, noQuery } from '../contract/requests.ts'
import { decodeToken, encodeToken } from '../page-token.ts'
import { epochHistory, newest } from '../wire/history-json.ts'
import { list, quote } from '../wire/json-text.ts'
import { issueJson, type Projection } from '../wire/projection.ts'
import type { History } from '../world/issue-state.ts'
import type { Issue, World } from '../world/world.ts'
import { type Call, type Route, route } from './route.ts'

const MOST_ISSUES = 100
const MOST_ISSUES_OF_FEW_FIELDS = 1000
const MOST_NAMED_FIELDS = 100
const MOST_CHANGELOG_ISSUES = 1000

/** Expansions that keep a bulk fetch at a hundred issues. */
const HEAVY_EXPANSIONS = [
  'changelog',
  'editmeta',
  'operations',
  'renderedFields',
  'transitions',
  'versionedRepresentations',
]

const mostIssues = (
  fields: readonly string[] | undefined,
  projection: Projection,
  expand: readonly string[],
): number => {
  const named = fields !== undefined && projection.explicit && fields.length <= MOST_NAMED_FIELDS
  const light = !projection.multiValued && !expand.some((name) => HEAVY_EXPANSIONS.includes(name))
  return named && light ? MOST_ISSUES_OF_FEW_FIELDS : MOST_ISSUES
}

/** The issues that exist among those asked for, by ascending id, each once. What is missing is silently absent. */
const existing = (world: World, idsOrKeys: readonly string[]): readonly number[] =>
  [...new Set(idsOrKeys.flatMap((idOrKey) => world.findVisible(idOrKey) ?? []))].sort((a, b) => a - b)

export const bulkRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/rest/api/3/issue/bulkfetch',
    query: noQuery,
    body: bulkFetchBody,
    anonymous: ok('{"issues":[],"issueErrors":[]}'),
    handle: ({ site: { world, view, projections }, body, bend }) => {
      const projection = projections.compile(body.fields ?? ['*navigable'])
      const most = mostIssues(body.fields, projection, body.expand)
      if (body.issueIdsOrKeys.length > most) {
        return refusal(400, `You may only request up to ${most} issues by ID or key at a time with these fields.`)
      }
      const expansion = { changelog: body.expand.includes('changelog'), historyLimit: bend.historyLimit }
      const issues = existing(world, body.issueIdsOrKeys).map((index, position) =>
        issueJson(
          { view, issue: world.issue(index) },
          { ...projection, hasKey: true },
          { ...expansion, withoutFields: position === bend.withoutFieldsAt },
        ),
      )
      return ok(`{"issues":${list(issues)},"issueErrors":[]}`)
    },
  }),
  route({
    method: 'POST',
    path: '/rest/api/3/changelog/bulkfetch',
    query: noQuery,
    body: bulkChangelogBody,
    anonymous: ok('{"issueChangeLogs":[]}'),
    handle: (call) => bulkChangelog(call, call.body),
  }),
]

interface Entry {
  readonly issue: Issue
  readonly history: History
}

/** All changelogs of the issues as one stream by date, then issue; a page is a piece of that stream. */
const bulkChangelog = (
  { site: { world, view }, bend }: Pick<Call<unknown, unknown>, 'site' | 'bend'>,
  request: BulkChangelogRequest,
) => {
  if (request.issueIdsOrKeys.length > MOST_CHANGELOG_ISSUES) {
    return refusal(400, 'You may only load changelogs for a maximum of 1,000 issues by ID or key at a time.')
  }
  const identity = JSON.stringify([request.issueIdsOrKeys, request.fieldIds])
  const after = request.nextPageToken === undefined ? undefined : decodeToken(identity, request.nextPageToken)
  if (request.nextPageToken !== undefined && after === undefined) {
    return refusal(400, 'The provided next page token is invalid or has expired.')
  }
  const position = after?.map(Number)
  const entries = existing(world, request.issueIdsOrKeys)
    .flatMap((index) => entriesOf(world.issue(index), request.fieldIds, bend.historyLimit))
    .filter((entry) => position === undefined || compareKeys(keyset(entry), position) > 0)
    .sort((a, b) => compareKeys(keyset(a), keyset(b)))
  const page = entries.slice(0, Math.min(request.maxResults, bend.pageSize ?? request.maxResults))
  const byIssue = Map.groupBy(page, ({ issue }) => issue.id)
  const logs = [...byIssue].map(
    ([id, own]) =>
      `{"issueId":"${id}","changeHistories":${list(own.map(({ history }) => epochHistory(view, history)))}}`,
  )
  const last = page.at(-1)
  const own = page.length < entries.length && last !== undefined ? encodeToken(identity, keyset(last)) : undefined
  const token = bend.repeatToken ? (request.nextPageToken ?? own) : own
  return ok(`{"issueChangeLogs":${list(logs)}${token === undefined ? '' : `,"nextPageToken":${quote(token)}`}}`)
}

const entriesOf = (issue: Issue, fieldIds: readonly string[] | undefined, historyLimit: number): readonly Entry[] => {
  const kept = newest(issue.histories, historyLimit)
  return kept.flatMap((history) => {
    if (fieldIds === undefined || fieldIds.length === 0) return [{ issue, history }]
    const items = history.items.filter(({ fieldId }) => fieldId !== undefined && fieldIds.includes(fieldId))
    return items.length === 0 ? [] : [{ issue, history: { ...history, items } }]
  })
}

const keyset = ({ issue, history }: Entry): readonly number[] => [history.at, issue.index, history.id]

const compareKeys = (a: readonly number[], b: readonly number[]): number => {
  for (let part = 0; part < a.length; part++) {
    const difference = (a[part] ?? 0) - (b[part] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
