import { isMillraceError } from '@millrace/core'
import { z } from 'zod'
import { type Identity, type IssueEnvelope, identitiesCounted, issueList, issuesCounted } from './api/issue-api.ts'
import { projectPage } from './api/project-api.ts'
import type { IssueSearch, IssuesFound, JiraClient } from './jira-client.ts'
import { unstablePages } from './page-tokens.ts'
import type { Ask, JiraAnswer } from './send-jira-request.ts'

const total = z.looseObject({ total: z.int() }).transform((page) => ({ count: page.total }))

/** What a search gives when it finds nothing. */
const NO_PROJECTS = Buffer.from('[]')

/**
 * What Data Center does otherwise than Cloud: its searches have no tokens, its list of projects has no pages, and it has no
 * bulk endpoints; searches embed histories whole.
 * https://developer.atlassian.com/server/jira/platform/rest/
 */
export function dataCenterRequests(
  ask: Ask,
): Pick<JiraClient, 'projects' | 'issues' | 'issuesById' | 'identities' | 'approximateCount'> {
  return {
    async projects({ status, keys, ids }) {
      const [key] = ids ?? keys ?? []
      const purpose = key === undefined ? 'list the projects' : `read project ${key}`
      const url = `/rest/api/3/project${key === undefined ? '' : `/${encodeURIComponent(key)}`}`
      const searchParams = {
        expand: 'description,lead,issueTypes,projectKeys',
        ...(key === undefined && status.includes('archived') && { includeArchived: true }),
      }
      const answer = await ask(purpose, projectPage, (client) =>
        client.sendRequest({ url, method: 'GET', searchParams }),
      )
        // A project that is not there is no error: the account may not browse it.
        .catch((error) => {
          if (key === undefined || !isMillraceError(error) || error.context.status !== 404) throw error
          return { bytes: NO_PROJECTS, body: projectPage.parse([]), serverTime: 0 }
        })
      const wanted = new Set<string>(status)
      const values = answer.body.values.filter(({ archived }) => wanted.has(archived ? 'archived' : 'live'))
      return { ...answer, body: { ...answer.body, values } }
    },
    issues: (page) =>
      searchAfter<IssueEnvelope>(page, (query) =>
        ask('search issues', issuesCounted, search(query, '*all', ['changelog'])),
      ),
    issuesById: (issueIds) =>
      ask('read issues', issueList, (client) =>
        client.sendRequest({
          url: '/rest/api/3/search',
          method: 'POST',
          body: {
            jql: `id in (${issueIds.join(',')}) ORDER BY id ASC`,
            // Otherwise an issue that is gone would make it an error to ask for the others.
            validateQuery: false,
            maxResults: issueIds.length,
            fields: ['*all'],
            expand: ['changelog'],
          },
        }),
      ),
    identities: (page) =>
      searchAfter<Identity>(page, (query) => ask('count issues', identitiesCounted, search(query, 'id', []))),
    approximateCount: (condition) => ask('count issues', total, search({ jql: condition, maxResults: 0 }, 'id', [])),
  }
}

interface Query {
  readonly jql: string
  readonly maxResults: number
}

function search({ jql, maxResults }: Query, field: string, expand: readonly string[]): Parameters<Ask>[2] {
  const body = { jql, maxResults, startAt: 0, fields: [field], expand }
  return (client) => client.sendRequest({ url: '/rest/api/3/search', method: 'POST', body })
}

interface CountedPage<Issue> {
  readonly issues: readonly Issue[]
  readonly total: number
}

/** How far the issues that a token names are from the end of their page. */
const ANCHORS = [0, 1, 2, 4, 8, 16, 32, 64]

/**
 * A page of issues in the order of their keys. A token names some issues of the page before, the last one first, and the page
 * begins with one of them, which proves that nothing was passed over: pages by position move when an issue goes away, and
 * end at ten thousand. Jira compares issues by the number in the key, which an issue keeps while it is in its project. One
 * that was deleted cannot be compared with, and one that moved compares with issues of its new project: then the page does not
 * begin with it, and the next one that the token names is tried.
 * https://support.atlassian.com/jira/kb/handling-jql-rest-api-searching-exceeding-max_result_window-in-jira
 *
 * @throws PAGES_UNSTABLE when none of the issues is there any more
 */
async function searchAfter<Issue extends Identity>(
  { condition, maxResults, nextPageToken }: IssueSearch,
  ask: (query: Query) => Promise<JiraAnswer<CountedPage<Issue>>>,
): Promise<JiraAnswer<IssuesFound<Issue>>> {
  if (nextPageToken === undefined) return found(await ask({ jql: `${condition} ORDER BY key ASC`, maxResults }), 0)
  let cause: unknown
  for (const anchor of nextPageToken.split(',')) {
    const jql = `${condition} AND id >= ${anchor} ORDER BY key ASC`
    const answer = await ask({ jql, maxResults: maxResults + 1 }).catch((error) => {
      if (!isMillraceError(error) || error.context.status !== 400) throw error
      cause = error
    })
    if (answer?.body.issues[0]?.id === anchor) return found(answer, 1)
  }
  throw unstablePages(
    'search issues',
    'none of the issues that the last page ended with is in the project any more, so nobody can say where the next one begins',
    cause,
  )
}

/** @param known how many issues at the start of the page were on the one before */
function found<Issue extends Identity>(
  { body: { issues, total }, ...answer }: JiraAnswer<CountedPage<Issue>>,
  known: number,
): JiraAnswer<IssuesFound<Issue>> {
  if (issues.length === 0 && total > 0)
    throw unstablePages('search issues', `the first page is empty, and there are ${total} issues`)
  const anchors = ANCHORS.flatMap((distance) => issues.at(-1 - distance)?.id ?? [])
  const nextPageToken = issues.length >= total ? null : anchors.join(',')
  return { ...answer, body: { issues: issues.slice(known), nextPageToken } }
}
