import type { CheckResult, Context } from '@millrace/core'
import { jiraClient } from './jira-client.ts'
import type { JiraConfig } from './jira-options.ts'
import { visibleProjects } from './visible-projects.ts'

/**
 * Who am I, and what may I read? Asked before anything else, because Jira answers bad credentials as if the site were
 * empty.
 *
 * @throws UNAUTHORIZED with what to do
 */
export async function checkAccount(ctx: Context<JiraConfig>): Promise<CheckResult> {
  const { body: account } = await jiraClient(ctx).myself()
  const visible = new Set<string>()
  for await (const { answer } of visibleProjects(ctx, ['live', 'archived'])) {
    for (const { key } of answer.body.values) visible.add(key)
  }
  const hidden = ctx.config.projects.filter((key) => !visible.has(key))
  const name = account.emailAddress ? `${account.displayName} <${account.emailAddress}>` : account.displayName
  return {
    account: name,
    notes: [
      visible.size === 0
        ? 'No project is visible to this account. What was loaded before stays; give it the permission to browse projects.'
        : `${visible.size === 1 ? 'One project is' : `${visible.size} projects are`} visible.`,
      ...(hidden.length > 0 ? [`Not visible, though the settings name them: ${hidden.join(', ')}.`] : []),
      ...(account.timeZone ? [`The account's time zone is ${account.timeZone}.`] : []),
    ],
  }
}
