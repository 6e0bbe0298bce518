import { type Context, isMillraceError, readBytes } from '@millrace/core'
import {
  countIssues,
  getAllStatuses,
  getBulkChangelogs,
  getComments,
  getCreateIssueMetaIssueTypeId,
  getCreateIssueMetaIssueTypes,
  getCurrentUser,
  getFields,
  getIssueWorklog,
  getProjectComponents,
  getProjectVersions,
  getStatuses,
  searchAndReconsileIssuesUsingJqlPost,
  searchProjects,
} from 'jira.js/cloud'
import type { Client, SendRequestOptions } from 'jira.js/core'
import { z } from 'zod'
import { type DevStatusSummary, devStatusSummary } from './api/dev-status-api.ts'
import { type CommentsPage, commentsPage, type WorklogsPage, worklogsPage } from './api/discussion-api.ts'
import { type CreateFieldsPage, type CreateTypesPage, createFieldsPage, createTypesPage } from './api/field-api.ts'
import {
  type ChangelogPage,
  changelogPage,
  type IdentityPage,
  type IssuePageEnvelope,
  identityPage,
  issuePageEnvelope,
} from './api/issue-api.ts'
import { type Myself, myself, type ProjectPage, projectPage } from './api/project-api.ts'
import { failureOf, type JiraRequest, parseJson, unauthorized, unexpected, unreadable } from './jira-failure.ts'
import type { JiraConfig } from './jira-options.ts'

/** An answer twice: as it was received, for the raw record, and as far as reading on depends on it. */
export interface JiraAnswer<Body> {
  readonly bytes: Uint8Array
  readonly body: Body
  /** Jira's time when it answered, in epoch milliseconds; ours where it does not say. */
  readonly serverTime: number
}

/** The requests of this connector. Each throws a MillraceError that says what failed and what to do. */
export interface JiraClient {
  /** Who we are. The only way to tell a site where nothing is visible from one that does not know us. */
  myself(): Promise<JiraAnswer<Myself>>
  projects(page: ProjectSearch): Promise<JiraAnswer<ProjectPage>>
  /** All statuses that the account can see, team-managed ones included. */
  statuses(): Promise<JiraAnswer<unknown>>
  projectStatuses(projectId: string): Promise<JiraAnswer<unknown>>
  projectVersions(projectId: string): Promise<JiraAnswer<unknown>>
  projectComponents(projectId: string): Promise<JiraAnswer<unknown>>
  /** All fields of the site, system fields included. */
  fields(): Promise<JiraAnswer<unknown>>
  /** The types of issue that can be created in a project. */
  createTypes(page: CreateMetaPage): Promise<JiraAnswer<CreateTypesPage>>
  /** The fields that can be set where an issue of a type is created. */
  createFields(page: CreateMetaPage & { readonly typeId: string }): Promise<JiraAnswer<CreateFieldsPage>>
  issues(page: IssueSearch): Promise<JiraAnswer<IssuePageEnvelope>>
  /** About how many issues meet a condition. */
  approximateCount(jql: string): Promise<JiraAnswer<{ readonly count: number }>>
  comments(page: CollectionPage): Promise<JiraAnswer<CommentsPage>>
  worklogs(page: CollectionPage): Promise<JiraAnswer<WorklogsPage>>
  /** Ids of issues, up to 5000 at a time. */
  identities(page: IssueSearch): Promise<JiraAnswer<IdentityPage>>
  /** Histories of up to 1000 issues, oldest first across all of them: one issue's history may span pages. */
  changelogs(page: ChangelogSearch): Promise<JiraAnswer<ChangelogPage>>
  devStatusSummary(issueId: string): Promise<JiraAnswer<DevStatusSummary>>
  devStatusDetail(detail: DevStatusDetailRequest): Promise<JiraAnswer<unknown>>
}

export interface ProjectSearch {
  readonly startAt: number
  readonly maxResults: number
  readonly status: readonly ('live' | 'archived' | 'deleted')[]
  /** Up to 50 keys. Empty: all. */
  readonly keys: readonly string[]
}

export interface IssueSearch {
  readonly jql: string
  readonly maxResults: number
  readonly nextPageToken?: string | undefined
}

/** Where in a collection of an issue to read on. */
export interface CollectionPage {
  readonly issueId: string
  readonly startAt: number
}

/** Where in what a project allows to create to read on. */
export interface CreateMetaPage {
  readonly projectId: string
  readonly startAt: number
}

export interface ChangelogSearch {
  readonly issueIds: readonly string[]
  readonly nextPageToken?: string | undefined
}

export interface DevStatusDetailRequest {
  readonly issueId: string
  readonly applicationType: string
  readonly dataType: 'pullrequest'
}

/** Histories per page: the default of the API, about a megabyte. */
const HISTORIES_PER_PAGE = 1000
const REMARKS_PER_PAGE = 100
const CREATE_META_PER_PAGE = 200

const approximateCount = z.looseObject({ count: z.int() })

/**
 * Makes a client over the fetch of a context. jira.js knows paths and parameters; sending, reading and judging answers is
 * done here, since its own transport keeps neither bodies nor headers, and cannot be aborted. Its schemas are not applied
 * either: they would turn some values into others.
 */
export function jiraClient({ config, fetch, signal, clock }: Context<JiraConfig>): JiraClient {
  const { apiToken, username } = config
  const baseUrl = config.baseUrl.replace(/\/+$/, '')
  const headers = {
    accept: 'application/json',
    authorization: username
      ? `Basic ${Buffer.from(`${username}:${apiToken}`).toString('base64')}`
      : `Bearer ${apiToken}`,
  }
  const about = (purpose: string): JiraRequest => ({
    purpose,
    site: baseUrl,
    account: username ?? 'the configured account',
  })

  async function send(request: JiraRequest, options: SendRequestOptions): Promise<JiraAnswer<unknown>> {
    const { method = 'GET', body } = options
    const url = `${baseUrl}${options.url}${queryOf(options.searchParams)}`
    const init: RequestInit =
      body === undefined
        ? { method, headers }
        : { method, headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) }
    const response = await fetch(url, init).catch((error) => {
      throw isMillraceError(error) && error.code === 'UNAUTHORIZED' ? unauthorized(request, error) : error
    })
    const bytes = await bytesOf(request, response)
    const failure = failureOf(request, response.status, bytes)
    if (failure) throw failure
    // Bad credentials do not fail on Jira Cloud: they are answered as if nobody had signed in, with status 200.
    if (/AUTHENTICATED_FAILED|AUTHENTICATION_DENIED/.test(response.headers.get('x-seraph-loginreason') ?? '')) {
      throw unauthorized(request)
    }
    const date = Date.parse(response.headers.get('date') ?? '')
    return {
      bytes,
      body: parseJson(request, bytes, response.headers.get('content-type')),
      serverTime: Number.isNaN(date) ? clock.now() : date,
    }
  }

  async function bytesOf(request: JiraRequest, response: Response): Promise<Uint8Array> {
    try {
      return await readBytes(response)
    } catch (error) {
      signal.throwIfAborted()
      throw isMillraceError(error) ? error : unreadable(request, '', 'application/json', error)
    }
  }

  /** Lets a function of jira.js make its request, and keeps the answer that it would throw away. */
  async function ask<Body>(
    purpose: string,
    schema: z.ZodType<Body>,
    call: (client: Client) => Promise<unknown>,
  ): Promise<JiraAnswer<Body>> {
    const request = about(purpose)
    const answers: JiraAnswer<unknown>[] = []
    await call({
      async sendRequest<T>(options: SendRequestOptions<T>): Promise<T> {
        const answer = await send(request, options)
        answers.push(answer)
        return answer.body as T
      },
    })
    const [answer] = answers
    const parsed = schema.safeParse(answer?.body)
    if (!answer || !parsed.success) throw unexpected(request, parsed.error)
    return { ...answer, body: parsed.data }
  }

  return {
    myself: () => ask('ask Jira who we are', myself, (client) => getCurrentUser(client)),
    projects: ({ startAt, maxResults, status, keys }) =>
      ask('list the projects', projectPage, (client) =>
        searchProjects(client, {
          startAt,
          maxResults,
          orderBy: 'key',
          status: [...status],
          expand: 'description,lead,issueTypes',
          ...(keys.length > 0 && { keys: [...keys] }),
        }),
      ),
    statuses: () => ask('list the statuses', z.unknown(), (client) => getStatuses(client)),
    projectStatuses: (projectIdOrKey) =>
      ask(`list the statuses of project ${projectIdOrKey}`, z.unknown(), (client) =>
        getAllStatuses(client, { projectIdOrKey }),
      ),
    projectVersions: (projectIdOrKey) =>
      ask(`list the versions of project ${projectIdOrKey}`, z.unknown(), (client) =>
        getProjectVersions(client, { projectIdOrKey }),
      ),
    projectComponents: (projectIdOrKey) =>
      ask(`list the components of project ${projectIdOrKey}`, z.unknown(), (client) =>
        getProjectComponents(client, { projectIdOrKey }),
      ),
    fields: () => ask('list the fields', z.unknown(), (client) => getFields(client)),
    createTypes: ({ projectId, startAt }) =>
      ask(`list the issue types of project ${projectId}`, createTypesPage, (client) =>
        getCreateIssueMetaIssueTypes(client, {
          projectIdOrKey: projectId,
          startAt,
          maxResults: CREATE_META_PER_PAGE,
        }),
      ),
    createFields: ({ projectId, typeId, startAt }) =>
      ask(`list the fields of project ${projectId}`, createFieldsPage, (client) =>
        getCreateIssueMetaIssueTypeId(client, {
          projectIdOrKey: projectId,
          issueTypeId: typeId,
          startAt,
          maxResults: CREATE_META_PER_PAGE,
        }),
      ),
    issues: (page) => ask('search issues', issuePageEnvelope, search(page, '*all', 'changelog')),
    approximateCount: (jql) => ask('count issues', approximateCount, (client) => countIssues(client, { jql })),
    comments: ({ issueId, startAt }) =>
      ask(`read the comments of issue ${issueId}`, commentsPage, (client) =>
        getComments(client, { issueIdOrKey: issueId, startAt, maxResults: REMARKS_PER_PAGE }),
      ),
    worklogs: ({ issueId, startAt }) =>
      ask(`read the worklogs of issue ${issueId}`, worklogsPage, (client) =>
        getIssueWorklog(client, { issueIdOrKey: issueId, startAt, maxResults: REMARKS_PER_PAGE }),
      ),
    identities: (page) => ask('count issues', identityPage, search(page, 'id')),
    changelogs: ({ issueIds, nextPageToken }) =>
      ask('read the history of issues', changelogPage, (client) =>
        getBulkChangelogs(client, {
          issueIdsOrKeys: [...issueIds],
          maxResults: HISTORIES_PER_PAGE,
          ...(nextPageToken !== undefined && { nextPageToken }),
        }),
      ),
    devStatusSummary: (issueId) =>
      ask(`read the development status of issue ${issueId}`, devStatusSummary, (client) =>
        client.sendRequest({ url: '/rest/dev-status/latest/issue/summary', searchParams: { issueId } }),
      ),
    devStatusDetail: (detail) =>
      ask(`read the development status of issue ${detail.issueId}`, z.unknown(), (client) =>
        client.sendRequest({ url: '/rest/dev-status/latest/issue/detail', searchParams: { ...detail } }),
      ),
  }
}

function search(
  { nextPageToken, ...query }: IssueSearch,
  field: string,
  expand?: string,
): (client: Client) => Promise<unknown> {
  const request = {
    ...query,
    fields: [field],
    ...(expand !== undefined && { expand }),
    ...(nextPageToken !== undefined && { nextPageToken }),
  }
  return (client) => searchAndReconsileIssuesUsingJqlPost(client, request)
}

/** jira.js gives parameters as values; lists are repeated parameters. */
function queryOf(parameters: { readonly [name: string]: unknown } | undefined): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters ?? {})) {
    for (const single of Array.isArray(value) ? value : [value]) {
      if (single !== undefined && single !== null) query.append(name, String(single))
    }
  }
  return query.size === 0 ? '' : `?${query}`
}
