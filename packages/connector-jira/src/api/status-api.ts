import { z } from 'zod'
import { lenient, text } from './lenient.ts'
import { scope } from './project-api.ts'

/** `new`, `indeterminate`, `done` or `undefined`; the name is in the account's language. */
export const statusCategory = z.looseObject({ key: text, name: text })

export const status = z.looseObject({
  id: z.string(),
  name: z.string(),
  description: text,
  statusCategory: lenient(statusCategory),
  scope: lenient(scope),
})

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-workflow-statuses/#api-rest-api-3-status-get */
export const statusList = z.array(status)

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/#api-rest-api-3-project-projectidorkey-statuses-get */
export const projectStatusList = z.array(z.looseObject({ id: z.string(), statuses: z.array(status) }))

export type JiraStatus = z.output<typeof status>
export type ProjectStatusList = z.output<typeof projectStatusList>
