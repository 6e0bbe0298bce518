import { type CheckRequest, type CheckResult, type Context, isMillraceError } from '@millrace/core'
import { DEVELOPMENT } from './development-panels.ts'
import { jiraClient } from './jira-client.ts'
import type { JiraConfig } from './jira-options.ts'
import { BOARDS, unlessUnavailable } from './optional-api.ts'
import { devStatusEnabled } from './steps/dev-status.ts'
import { visibleProjects } from './visible-projects.ts'

/**
 * Who am I, and what may I read? Asked before anything else, because Jira answers bad credentials as if the site were
 * empty. A run spends two requests on it; its steps find out by their own what is closed to the token.
 *
 * @throws UNAUTHORIZED with what to do
 */
export async function checkAccount(ctx: Context<JiraConfig>, { thorough }: CheckRequest): Promise<CheckResult> {
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
      ...(thorough ? await closedApis(ctx) : []),
    ],
  }
}

/** APIs that the settings ask for and that are closed to this token, which is good elsewhere. */
async function closedApis(ctx: Context<JiraConfig>): Promise<readonly string[]> {
  const { config, options } = ctx
  const client = jiraClient(ctx)
  const quiet = { warn: () => undefined }
  const notes: string[] = []
  if (config.boardsIntervalHours > 0) {
    const boards = await unlessUnavailable(BOARDS, client, quiet, () => client.boards({ startAt: 0 }))
    if (boards === 'unavailable') notes.push('Boards are closed to this token, so sprints are known only from issues.')
  }
  if (devStatusEnabled(config, options)) {
    // An issue that cannot exist: what matters is whether the API is closed, and nobody documents what else it answers.
    const panel = await unlessUnavailable(DEVELOPMENT, client, quiet, () =>
      client.devStatusSummary('0').catch((error) => {
        const closed = isMillraceError(error) && (error.code === 'UNAUTHORIZED' || error.context.status === 403)
        if (closed) throw error
      }),
    )
    if (panel === 'unavailable') {
      notes.push(
        'Development panels are closed to this token: pull requests, branches and commits are not read from Jira.',
      )
    }
  }
  return notes
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
  let count = 0
  for await (const { projects } of visibleProjects(ctx, ['live', 'archived'])) {
    count += projects.length
    // Also by one of its keys of before, and in small letters.
    for (const { key, projectKeys } of projects) {
      for (const each of [key, ...(projectKeys ?? [])]) visible.add(each.toUpperCase())
    }
  }
  return { count, hidden: wanted.filter((key) => !visible.has(key.toUpperCase())) }
}
