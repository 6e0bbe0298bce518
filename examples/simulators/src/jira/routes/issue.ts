import { ISSUE_MISSING, ok, okJson } from '../answer.ts'
import { changelogQuery, commentQuery, issueQuery, noQuery, worklogQuery } from '../contract/requests.ts'
import { commentJson, worklogJson } from '../wire/discussion-json.ts'
import { isoHistory, newest } from '../wire/history-json.ts'
import { list } from '../wire/json-text.ts'
import { issueJson } from '../wire/projection.ts'
import { remoteLinksOf } from '../world/remote-links.ts'
import { offsetPage, type Route, route } from './route.ts'

/** Larger pages are clamped, and the clamped number is echoed. */
const MOST_HISTORIES_PER_PAGE = 100

export const issueRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/rest/api/3/issue/:issue',
    query: issueQuery,
    anonymous: ISSUE_MISSING,
    handle: ({ site: { world, view, projections }, params: { issue: idOrKey = '' }, query, bend }) => {
      const index = world.findVisible(idOrKey)
      if (index === undefined) return ISSUE_MISSING
      const expansion = {
        changelog: query.expand.includes('changelog'),
        historyLimit: bend.historyLimit,
        hidesTotal: bend.hidesTotal,
        withoutFields: bend.withoutFieldsAt === 0,
      }
      const projection = projections.compile(query.fields ?? ['*all'])
      return ok(issueJson({ view, issue: world.issue(index) }, { ...projection, hasKey: true }, expansion))
    },
  }),
  route({
    method: 'GET',
    path: '/rest/api/3/issue/:issue/changelog',
    query: changelogQuery,
    anonymous: ISSUE_MISSING,
    handle: (call) => {
      const { world, view } = call.site
      const index = world.findVisible(call.params.issue ?? '')
      if (index === undefined) return ISSUE_MISSING
      const { histories } = world.issue(index)
      const maxResults = Math.min(call.query.maxResults, MOST_HISTORIES_PER_PAGE)
      const page = offsetPage(histories, { startAt: call.query.startAt, maxResults }, call)
      const kept = newest(page.values, call.bend.historyLimit)
      return ok(
        withValues(
          { ...page, values: [] },
          'values',
          kept.map((history) => isoHistory(view, history)),
        ),
      )
    },
  }),
  route({
    method: 'GET',
    path: '/rest/api/3/issue/:issue/comment',
    query: commentQuery,
    anonymous: ISSUE_MISSING,
    handle: (call) => {
      const { world, view } = call.site
      const index = world.findVisible(call.params.issue ?? '')
      if (index === undefined) return ISSUE_MISSING
      const issue = world.issue(index)
      const comments = world.comments(issue)
      const ordered = call.query.orderBy === '-created' ? comments.toReversed() : comments
      const { startAt, maxResults, total, values } = offsetPage(ordered, call.query, call)
      const texts = values.map((comment) => commentJson(view, issue.id, comment))
      return ok(withValues({ startAt, maxResults, total, comments: [] }, 'comments', texts))
    },
  }),
  route({
    method: 'GET',
    path: '/rest/api/3/issue/:issue/remotelink',
    query: noQuery,
    anonymous: ISSUE_MISSING,
    handle: ({ site: { world, view }, params: { issue: idOrKey = '' } }) => {
      const index = world.findVisible(idOrKey)
      if (index === undefined) return ISSUE_MISSING
      const issue = world.issue(index)
      const links = remoteLinksOf(issue).map(({ id, title }) => ({
        id: Number(id),
        self: JSON.parse(view.self(`issue/${issue.key}/remotelink/${id}`)) as string,
        globalId: `commit=${id}`,
        application: {},
        relationship: 'links to',
        object: { url: `https://code.example.com/commits/${id}`, title, icon: {}, status: { icon: {} } },
      }))
      return okJson(links)
    },
  }),
  route({
    method: 'GET',
    path: '/rest/api/3/issue/:issue/worklog',
    query: worklogQuery,
    anonymous: ISSUE_MISSING,
    handle: (call) => {
      const { world, view } = call.site
      const index = world.findVisible(call.params.issue ?? '')
      if (index === undefined) return ISSUE_MISSING
      const issue = world.issue(index)
      const { startedAfter = Number.NEGATIVE_INFINITY, startedBefore = Number.POSITIVE_INFINITY } = call.query
      const found = world.worklogs(issue).filter(({ at, seconds }) => {
        const started = at - seconds * 1000
        return started >= startedAfter && started < startedBefore
      })
      const { startAt, maxResults, total, values } = offsetPage(found, call.query, call)
      const texts = values.map((worklog) => worklogJson(view, issue.id, worklog))
      return ok(withValues({ startAt, maxResults, total, worklogs: [] }, 'worklogs', texts))
    },
  }),
]

/** Prints an envelope whose list is printed already. */
const withValues = (envelope: object, name: string, texts: readonly string[]): string =>
  JSON.stringify(envelope).replace(`"${name}":[]`, () => `"${name}":${list(texts)}`)
