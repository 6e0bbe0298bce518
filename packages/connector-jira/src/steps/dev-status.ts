import { type Context, type DefineStep, isMillraceError, type Step } from '@millrace/core'
import { z } from 'zod'
import { devStatusDetail } from '../api/dev-status-api.ts'
import { type JiraClient, jiraClient } from '../jira-client.ts'
import type { JiraConfig } from '../jira-options.ts'
import { mapPullRequests } from '../map-pull-request.ts'

const unit = z.object({ issue_ids: z.array(z.string()).min(1) })

export type DevStatusUnit = z.input<typeof unit>

/** How many issues of the unit are read. */
const cursor = z.int()

/** Jira's answers do not name their issue, so a body of our own in front of them does: which answers are whose. */
const index = z.strictObject({
  issues: z.array(z.strictObject({ issue_id: z.string(), details: z.array(z.int()) })),
})

/** Jira's own answers are parsed issue by issue, so that a bad one takes only its issue along. */
const answer = z.looseObject({ issues: z.undefined().optional() })
const body = z.union([index, answer])

type IssueAnswers = { readonly issueId: string; readonly summary: Uint8Array; readonly details: readonly Uint8Array[] }

const ISSUES_PER_UNIT = 50
/** As many as are asked for at the same time: what Atlassian recommends at most. */
const ISSUES_PER_PAGE = 10

/** Pull requests of the issues that changed, from their development panels. */
export function devStatusStep(step: DefineStep<JiraConfig>): Step<'jira_dev_status', DevStatusUnit> {
  return step({
    name: 'jira_dev_status',
    displayName: 'Development Status',
    enabled: devStatusEnabled,
    unit,
    cursor,
    body,
    items: 'issues',
    units: () => [],
    async *extract({ unit: { issue_ids }, from = 0 }, ctx) {
      const client = jiraClient(ctx)
      for (let read = from; read < issue_ids.length; read += ISSUES_PER_PAGE) {
        const answers = await readIssues(client, issue_ids.slice(read, read + ISSUES_PER_PAGE), ctx)
        const done = read + ISSUES_PER_PAGE
        const last = answers === 'unavailable' || done >= issue_ids.length
        // What cannot be read is not empty: an index without issues unlinks nothing.
        yield { bodies: withIndex(answers === 'unavailable' ? [] : answers), next: last ? null : done }
      }
    },
    *transform({ bodies }) {
      const [contents] = bodies
      for (const { issue_id, details } of index.parse(contents).issues) {
        const answers = details.map((position) => devStatusDetail.parse(bodies[position]))
        yield mapPullRequests(issue_id, answers)
      }
    },
  })
}

export function devStatusEnabled(config: JiraConfig, options: Context<JiraConfig>['options']): boolean {
  return options.includeDevStatus ?? config.includeDevStatus
}

/** Units for the issues of a page. */
export function devStatusUnits(issues: readonly { readonly id: string }[]): readonly DevStatusUnit[] {
  const ids = issues.map(({ id }) => id)
  return Array.from({ length: Math.ceil(ids.length / ISSUES_PER_UNIT) }, (_, batch) => ({
    issue_ids: ids.slice(batch * ISSUES_PER_UNIT, (batch + 1) * ISSUES_PER_UNIT),
  }))
}

/**
 * The API is not documented, and closed to tokens with scopes: then it answers 401 to credentials that are good elsewhere.
 * That ends this unit with a warning, not the run.
 */
async function readIssues(
  client: JiraClient,
  issueIds: readonly string[],
  { log }: Context<JiraConfig>,
): Promise<readonly IssueAnswers[] | 'unavailable'> {
  try {
    const answers = await Promise.all(issueIds.map((issueId) => readIssue(client, issueId)))
    return answers.filter((answer) => answer !== undefined)
  } catch (error) {
    if (!isMillraceError(error)) throw error
    const forbidden = error.code === 'HTTP_STATUS' && error.context.status === 403
    if (!forbidden && error.code !== 'UNAUTHORIZED') throw error
    // Throws when it is not this API but the account that is refused.
    await client.myself()
    log.warn({ reason: error.message }, 'Development status is not available to this token, so links stay as they are.')
    return 'unavailable'
  }
}

/** The summary says under which kinds of connection details exist: asking for any other answers with nothing. */
async function readIssue(client: JiraClient, issueId: string): Promise<IssueAnswers | undefined> {
  const summary = await client.devStatusSummary(issueId).catch((error) => {
    // The issue was deleted, or hidden, since it was found.
    if (isMillraceError(error) && error.context.status === 404) return undefined
    throw error
  })
  if (!summary) return undefined
  const applicationTypes = Object.keys(summary.body.summary.pullrequest?.byInstanceType ?? {})
  const details = await Promise.all(
    applicationTypes.map((applicationType) =>
      client.devStatusDetail({ issueId, applicationType, dataType: 'pullrequest' }),
    ),
  )
  return { issueId, summary: summary.bytes, details: details.map(({ bytes }) => bytes) }
}

function withIndex(answers: readonly IssueAnswers[]): (string | Uint8Array)[] {
  const bodies: Uint8Array[] = []
  const issues = answers.map(({ issueId, summary, details }) => {
    bodies.push(summary)
    const first = bodies.length + 1
    bodies.push(...details)
    return { issue_id: issueId, details: details.map((_, position) => first + position) }
  })
  const contents: z.output<typeof index> = { issues }
  return [JSON.stringify(contents), ...bodies]
}
