import { type Change, type Context, isMillraceError } from '@millrace/core'
import { z } from 'zod'
import { type DevStatusDetail, devStatusDetail } from './api/dev-status-api.ts'
import { type JiraClient, jiraClient } from './jira-client.ts'
import type { JiraConfig } from './jira-options.ts'
import { mapBranches, mapCommits } from './map-branches-and-commits.ts'
import { mapPullRequests } from './map-pull-request.ts'
import { isRefusal, unlessUnavailable } from './optional-api.ts'

/** What is read of a panel, and how it becomes rows. */
const DETAILS: {
  readonly [Type in JiraConfig['devStatusDetails'][number]]: (
    issueId: string,
    details: readonly DevStatusDetail[],
  ) => Change
} = { pullrequest: mapPullRequests, branch: mapBranches, repository: mapCommits }

const detailType = z.enum(['pullrequest', 'branch', 'repository'])

/** Jira's answers do not name their issue, so a body of our own in front of them does: which answers are whose. */
const index = z.strictObject({
  issues: z.array(z.strictObject({ issue_id: z.string(), details: z.array(z.int()) })),
  /** What was asked for: nothing is known of the rest. */
  types: z.array(detailType).default(['pullrequest']),
})

/** Jira's own answers are parsed issue by issue, so that a bad one takes only its issue along. */
const answer = z.looseObject({ issues: z.undefined().optional() })

/** A body of a record of development panels. */
export const panelBody = z.union([index, answer])

/** An issue's panel as it was received. */
export interface Panel {
  readonly issueId: string
  readonly summary: Uint8Array
  readonly details: readonly Uint8Array[]
}

/** As many as are asked for at the same time: what Atlassian recommends at most. */
export const ISSUES_AT_A_TIME = 10

/**
 * The panels of these issues, as far as the account may see them. The API is not documented, and closed to tokens with scopes:
 * then it answers 401 to credentials that are good elsewhere. That ends the unit with a warning, not the run.
 */
export async function readPanels(
  issueIds: readonly string[],
  ctx: Context<JiraConfig>,
): Promise<readonly Panel[] | 'unavailable'> {
  const client = jiraClient(ctx)
  const types = ctx.config.devStatusDetails
  const refused = new Map<string, unknown>()
  const answers = await Promise.all(
    issueIds.map((issueId) =>
      readPanel(client, issueId, types).catch((error) => {
        if (!isRefusal(error)) throw error
        refused.set(issueId, error)
      }),
    ),
  )
  const panels = answers.filter((panel) => panel !== undefined)
  // An issue that is out of sight is refused as the whole API is where it is closed.
  const inSight = refused.size === 0 ? [] : (await client.issuesById([...refused.keys()])).body.issues
  const [wronged] = inSight
  if (wronged === undefined) return panels
  const refusal = (): Promise<never> => Promise.reject(refused.get(wronged.id))
  return panels.length === 0 ? unlessUnavailable('Development status', client, ctx, refusal) : refusal()
}

/** The summary says under which kinds of connection details exist: asking for any other answers with nothing. */
async function readPanel(
  client: JiraClient,
  issueId: string,
  types: JiraConfig['devStatusDetails'],
): Promise<Panel | undefined> {
  const summary = await client.devStatusSummary(issueId).catch((error) => {
    // The issue was deleted, or hidden, since it was found.
    if (isMillraceError(error) && error.context.status === 404) return undefined
    throw error
  })
  if (!summary) return undefined
  const requests = types.flatMap((dataType) =>
    Object.keys(summary.body.summary[dataType]?.byInstanceType ?? {}).map((applicationType) =>
      client.devStatusDetail({ issueId, applicationType, dataType }),
    ),
  )
  const details = await Promise.all(requests)
  return { issueId, summary: summary.bytes, details: details.map(({ bytes }) => bytes) }
}

/** The bodies of a record: whose panels they are, then the panels. What could not be read is not empty, but absent. */
export function panelBodies(panels: readonly Panel[], config: JiraConfig): (string | Uint8Array)[] {
  const bodies: Uint8Array[] = []
  const issues = panels.map(({ issueId, summary, details }) => {
    bodies.push(summary)
    const first = bodies.length + 1
    bodies.push(...details)
    return { issue_id: issueId, details: details.map((_, position) => first + position) }
  })
  const contents: z.output<typeof index> = { issues, types: config.devStatusDetails }
  return [JSON.stringify(contents), ...bodies]
}

export function* mapPanels(bodies: readonly unknown[]): Iterable<Change> {
  const { issues, types } = index.parse(bodies[0])
  for (const { issue_id, details } of issues) {
    const answers = details.map((position) => devStatusDetail.parse(bodies[position]))
    for (const type of types) yield DETAILS[type](issue_id, answers)
  }
}
