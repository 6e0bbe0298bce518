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
  const { count, hidden } = await visibility(ctx)
  const name = account.emailAddress ? `${account.displayName} <${account.emailAddress}>` : account.displayName
  return {
    account: name,
    notes: [
      count === 0
        ? 'No project is visible to this account. What was loaded before stays; give it the permission to browse projects.'
        : `${count === 1 ? 'One project is' : `${count} projects are`} visible.`,
      ...(hidden.length > 0 ? [`Not visible, though the settings name them: ${hidden.join(', ')}.`] : []),
      ...(account.timeZone ? [`The account's time zone is ${account.timeZone}.`] : []),
    ],
  }
}

/** Of all projects it is enough to know how many there are; those that the settings name are looked at one by one. */
async function visibility(ctx: Context<JiraConfig>): Promise<{ count: number; hidden: readonly string[] }> {
  const wanted = ctx.config.projects
  if (wanted.length === 0) {
    const { body } = await jiraClient(ctx).projects({
      startAt: 0,
      maxResults: 1,
      status: ['live', 'archived'],
      keys: [],
    })
    return { count: body.total, hidden: [] }
  }
  const visible = new Set<string>()
  for await (const { answer } of visibleProjects(ctx, ['live', 'archived'])) {
    for (const { key } of answer.body.values) visible.add(key)
  }
  return { count: visible.size, hidden: wanted.filter((key) => !visible.has(key)) }
}
