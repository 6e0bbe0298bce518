import { isMillraceError } from '@millrace/core'
import type { Client } from 'jira.js/core'
import { z } from 'zod'
import { identityPage, issuePageEnvelope } from './api/issue-api.ts'
import { projectPage } from './api/project-api.ts'
import type { IssueSearch, JiraClient } from './jira-client.ts'
import type { Ask } from './send-jira-request.ts'

const total = z.looseObject({ total: z.int() }).transform((page) => ({ count: page.total }))

/** What a search gives when it finds nothing. */
const NO_PROJECTS = Buffer.from('[]')

/**
 * What Data Center does otherwise than Cloud: its searches page by position and tell a total, its list of projects has no
 * pages, and it has no bulk endpoints; searches embed histories whole.
 * https://developer.atlassian.com/server/jira/platform/rest/
 */
export function dataCenterRequests(
  ask: Ask,
): Pick<JiraClient, 'projects' | 'issues' | 'issuesById' | 'identities' | 'approximateCount'> {
  return {
    async projects({ status, keys }) {
      const [key] = keys
      const purpose = key === undefined ? 'list the projects' : `read project ${key}`
      const url = `/rest/api/3/project${key === undefined ? '' : `/${encodeURIComponent(key)}`}`
      const searchParams = {
        expand: 'description,lead,issueTypes',
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
    issues: (page) => ask('search issues', issuePageEnvelope, search(page, '*all', ['changelog'])),
    issuesById: (issueIds) =>
      ask('read issues', issuePageEnvelope, (client) =>
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
    identities: (page) => ask('count issues', identityPage, search(page, 'id', [])),
    approximateCount: (jql) => ask('count issues', total, search({ jql, maxResults: 0 }, 'id', [])),
  }
}

/** A page token is the position that the next page starts at. */
function search(
  { jql, maxResults, nextPageToken }: IssueSearch,
  field: string,
  expand: readonly string[],
): (client: Client) => Promise<unknown> {
  const body = { jql, maxResults, startAt: Number(nextPageToken ?? 0), fields: [field], expand }
  return (client) => client.sendRequest({ url: '/rest/api/3/search', method: 'POST', body })
}
