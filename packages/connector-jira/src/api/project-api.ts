import { z } from 'zod'
import { lenient, person, text } from './lenient.ts'

/** Whose a team-managed status or issue type is. */
export const scope = z.looseObject({ project: lenient(z.looseObject({ id: z.string() })) })

export const issueType = z.looseObject({
  id: z.string(),
  name: z.string(),
  description: text,
  subtask: lenient(z.boolean()),
  /** -1 subtask, 0 base, 1 epic, more where Premium plans add levels. */
  hierarchyLevel: lenient(z.int()),
  scope: lenient(scope),
})

export const project = z.looseObject({
  id: z.string(),
  key: z.string(),
  name: z.string(),
  description: text,
  projectTypeKey: text,
  style: text,
  simplified: lenient(z.boolean()),
  isPrivate: lenient(z.boolean()),
  archived: lenient(z.boolean()),
  deleted: lenient(z.boolean()),
  lead: lenient(person),
  /** The present key, and those that it had before. */
  projectKeys: lenient(z.array(z.string())),
  projectCategory: lenient(z.looseObject({ name: text })),
  issueTypes: lenient(z.array(issueType)),
})

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/#api-rest-api-3-project-search-get */
const page = z.looseObject({
  startAt: z.int(),
  total: z.int(),
  isLast: z.boolean(),
  values: z.array(project),
})

/** Data Center lists all projects at once, or gives the one that was asked for. */
export const projectPage = z.union([
  page,
  z.array(project).transform((values) => ({ startAt: 0, total: values.length, isLast: true, values })),
  project.transform((only) => ({ startAt: 0, total: 1, isLast: true, values: [only] })),
])

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-myself/#api-rest-api-3-myself-get */
export const myself = z.looseObject({
  displayName: z.string(),
  emailAddress: text,
  timeZone: text,
})

export type JiraIssueType = z.output<typeof issueType>
export type JiraProject = z.output<typeof project>
export type ProjectPage = z.output<typeof projectPage>
export type Myself = z.output<typeof myself>
