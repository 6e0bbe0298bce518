import type { Context } from '@millrace/core'
import {
  bulkFetchIssues,
  countIssues,
  getAllStatuses,
  getBulkChangelogs,
  getComments,
  getCreateIssueMetaIssueTypeId,
  getCreateIssueMetaIssueTypes,
  getCurrentUser,
  getFields,
  getIssue,
  getIssueWorklog,
  getProject,
  getProjectComponents,
  getProjectVersions,
  getRemoteIssueLinks,
  getStatuses,
  searchAndReconsileIssuesUsingJqlPost,
  searchProjects,
} from 'jira.js/cloud'
import type { Client } from 'jira.js/core'
import { z } from 'zod'
import { type BoardPage, boardPage, type SprintPage, sprintPage } from './api/agile-api.ts'
import {
  type DevStatusEnvelope,
  type DevStatusSummary,
  devStatusEnvelope,
  devStatusSummary,
} from './api/dev-status-api.ts'
import { type CommentsPage, commentsPage, type WorklogsPage, worklogsPage } from './api/discussion-api.ts'
import { type CreateFieldsPage, type CreateTypesPage, createFieldsPage, createTypesPage } from './api/field-api.ts'
import {
  type ChangelogPage,
  changelogPage,
  type Identity,
  type IssueEnvelope,
  type IssueHistory,
  type IssueList,
  identitiesByToken,
  issueHistory,
  issueList,
  issuesByToken,
} from './api/issue-api.ts'
import { type Myself, myself, type ProjectPage, projectPage } from './api/project-api.ts'
import { dataCenterRequests } from './data-center-requests.ts'
import type { JiraConfig } from './jira-options.ts'
import { unstablePages } from './page-tokens.ts'
import { type Ask, type JiraAnswer, jiraRequests } from './send-jira-request.ts'

/** The requests of this connector. Each throws a MillraceError that says what failed and what to do. */
export interface JiraClient {
  /** Who we are. The only way to tell a site where nothing is visible from one that does not know us. */
  myself(): Promise<JiraAnswer<Myself>>
  projects(page: ProjectSearch): Promise<JiraAnswer<ProjectPage>>
  /** A project by its key, or by one that it had before. */
  project(key: string): Promise<JiraAnswer<ProjectPage>>
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
  /** Issues with all that a search can tell of them, each once however the others change meanwhile. */
  issues(page: IssueSearch): Promise<JiraAnswer<IssuesFound<IssueEnvelope>>>
  /** Up to 100 issues, by ascending id. Those that do not exist, or are out of sight, are absent. */
  issuesById(issueIds: readonly string[]): Promise<JiraAnswer<IssueList>>
  /** About how many issues meet a condition. */
  approximateCount(condition: string): Promise<JiraAnswer<{ readonly count: number }>>
  comments(page: CollectionPage): Promise<JiraAnswer<CommentsPage>>
  worklogs(page: CollectionPage): Promise<JiraAnswer<WorklogsPage>>
  /** Ids of issues, up to 5000 at a time. */
  identities(page: IssueSearch): Promise<JiraAnswer<IssuesFound<Identity>>>
  /** Histories of up to 1000 issues, oldest first across all of them: one issue's history may span pages. Only on Cloud. */
  changelogs(page: ChangelogSearch): Promise<JiraAnswer<ChangelogPage>>
  /** The history of one issue: whole on Data Center, the latest entries on Cloud. */
  issueHistory(issueId: string): Promise<JiraAnswer<IssueHistory>>
  /** Links of an issue to things outside of Jira. */
  remoteLinks(issueId: string): Promise<JiraAnswer<unknown>>
  boards(page: { readonly startAt: number }): Promise<JiraAnswer<BoardPage>>
  sprints(page: { readonly boardId: string; readonly startAt: number }): Promise<JiraAnswer<SprintPage>>
  devStatusSummary(issueId: string): Promise<JiraAnswer<DevStatusSummary>>
  devStatusDetail(detail: DevStatusDetailRequest): Promise<JiraAnswer<DevStatusEnvelope>>
}

export interface ProjectSearch {
  readonly startAt: number
  readonly maxResults: number
  readonly status: readonly ('live' | 'archived' | 'deleted')[]
  /** Up to 50 keys. Default: all */
  readonly keys?: readonly string[]
  /** Up to 50 ids; one on Data Center. Default: all */
  readonly ids?: readonly string[]
}

/** Which issues of one project, and where to go on. */
export interface IssueSearch {
  /** JQL without an order. */
  readonly condition: string
  readonly maxResults: number
  readonly nextPageToken?: string | undefined
}

export interface IssuesFound<Issue> {
  readonly issues: readonly Issue[]
  /** Null on the last page only. */
  readonly nextPageToken: string | null
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
  readonly dataType: 'pullrequest' | 'branch' | 'repository'
}

/** What projects are asked for besides. */
const PROJECT_EXPANDED = 'description,lead,issueTypes,projectKeys'
/** Histories per page: the default of the API, about a megabyte. */
const HISTORIES_PER_PAGE = 1000
const REMARKS_PER_PAGE = 100
const CREATE_META_PER_PAGE = 200
/** As many as boards and sprints come at a time. */
const AGILE_PAGE = 50

const approximateCount = z.looseObject({ count: z.int() })

/** Makes a client over the fetch of a context, for the kind of Jira that the settings name. */
export function jiraClient(ctx: Context<JiraConfig>): JiraClient {
  const ask = jiraRequests(ctx)
  const cloud = cloudRequests(ask)
  return ctx.config.deployment === 'data-center' ? { ...cloud, ...dataCenterRequests(ask) } : cloud
}

function cloudRequests(ask: Ask): JiraClient {
  return {
    myself: () => ask('ask Jira who we are', myself, (client) => getCurrentUser(client)),
    projects: ({ startAt, maxResults, status, keys = [], ids = [] }) =>
      ask('list the projects', projectPage, (client) =>
        searchProjects(client, {
          startAt,
          maxResults,
          orderBy: 'key',
          status: [...status],
          // Those who administer a project see it in the list, also when its issues are closed to them.
          ...(status.every((each) => each === 'live') && { action: 'browse' }),
          expand: PROJECT_EXPANDED,
          ...(keys.length > 0 && { keys: [...keys] }),
          ...(ids.length > 0 && { id: ids.map(Number) }),
        }),
      ),
    project: (key) =>
      ask(`read project ${key}`, projectPage, (client) =>
        getProject(client, { projectIdOrKey: key, expand: PROJECT_EXPANDED }),
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
    issues: async (page) => found(await ask('search issues', issuesByToken, search(page, '*all', 'changelog'))),
    issuesById: (issueIds) =>
      ask('read issues', issueList, (client) =>
        bulkFetchIssues(client, { issueIdsOrKeys: [...issueIds], fields: ['*all'], expand: ['changelog'] }),
      ),
    approximateCount: (jql) => ask('count issues', approximateCount, (client) => countIssues(client, { jql })),
    comments: ({ issueId, startAt }) =>
      ask(`read the comments of issue ${issueId}`, commentsPage, (client) =>
        getComments(client, { issueIdOrKey: issueId, startAt, maxResults: REMARKS_PER_PAGE }),
      ),
    worklogs: ({ issueId, startAt }) =>
      ask(`read the worklogs of issue ${issueId}`, worklogsPage, (client) =>
        getIssueWorklog(client, { issueIdOrKey: issueId, startAt, maxResults: REMARKS_PER_PAGE }),
      ),
    identities: async (page) => found(await ask('count issues', identitiesByToken, search(page, 'id'))),
    changelogs: ({ issueIds, nextPageToken }) =>
      ask('read the history of issues', changelogPage, (client) =>
        getBulkChangelogs(client, {
          issueIdsOrKeys: [...issueIds],
          maxResults: HISTORIES_PER_PAGE,
          ...(nextPageToken !== undefined && { nextPageToken }),
        }),
      ),
    issueHistory: (issueId) =>
      ask(`read the history of issue ${issueId}`, issueHistory, (client) =>
        getIssue(client, { issueIdOrKey: issueId, fields: ['id'], expand: 'changelog' }),
      ),
    remoteLinks: (issueId) =>
      ask(`read the remote links of issue ${issueId}`, z.unknown(), (client) =>
        getRemoteIssueLinks(client, { issueIdOrKey: issueId }),
      ),
    boards: ({ startAt }) =>
      ask('list the boards', boardPage, (client) =>
        client.sendRequest({
          url: '/rest/agile/1.0/board',
          method: 'GET',
          searchParams: { startAt, maxResults: AGILE_PAGE },
        }),
      ),
    sprints: ({ boardId, startAt }) =>
      ask(`list the sprints of board ${boardId}`, sprintPage, (client) =>
        client.sendRequest({
          url: `/rest/agile/1.0/board/${boardId}/sprint`,
          method: 'GET',
          searchParams: { startAt, maxResults: AGILE_PAGE },
        }),
      ),
    devStatusSummary: (issueId) =>
      ask(`read the development status of issue ${issueId}`, devStatusSummary, (client) =>
        client.sendRequest({ url: '/rest/dev-status/latest/issue/summary', searchParams: { issueId } }),
      ),
    devStatusDetail: (detail) =>
      ask(`read the development status of issue ${detail.issueId}`, devStatusEnvelope, (client) =>
        client.sendRequest({ url: '/rest/dev-status/latest/issue/detail', searchParams: { ...detail } }),
      ),
  }
}

/** Issues come by creation, which nothing can change while pages are read. */
function search(
  { condition, maxResults, nextPageToken }: IssueSearch,
  field: string,
  expand?: string,
): (client: Client) => Promise<unknown> {
  const request = {
    jql: `${condition} ORDER BY created ASC, id ASC`,
    maxResults,
    fields: [field],
    ...(expand !== undefined && { expand }),
    ...(nextPageToken !== undefined && { nextPageToken }),
  }
  return (client) => searchAndReconsileIssuesUsingJqlPost(client, request)
}

/** @throws PAGES_UNSTABLE when there are more pages and no token for the next one */
function found<Issue>({
  body: { issues, isLast, nextPageToken },
  ...answer
}: JiraAnswer<IssuesFound<Issue> & { readonly isLast: boolean | null }>): JiraAnswer<IssuesFound<Issue>> {
  if (isLast === false && nextPageToken === null) {
    throw unstablePages('search issues', 'Jira says that there are more pages, and not where')
  }
  return { ...answer, body: { issues, nextPageToken: isLast === true ? null : nextPageToken } }
}
