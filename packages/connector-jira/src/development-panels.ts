import { type Change, type Context, isMillraceError } from '@millrace/core'
import { z } from 'zod'
import { type DevStatusDetail, devStatusDetail } from './api/dev-status-api.ts'
import { type JiraClient, jiraClient } from './jira-client.ts'
import type { JiraConfig } from './jira-options.ts'
import { mapBranches, mapCommits } from './map-branches-and-commits.ts'
import { mapPullRequests } from './map-pull-request.ts'
import { mapUnread } from './map-unread.ts'
import { type OptionalApi, othersThan, unlessGone, unlessUnavailable } from './optional-api.ts'

/** What is read of a panel, and how it becomes rows. */
const DETAILS: {
  readonly [Type in JiraConfig['devStatusDetails'][number]]: (
    issueId: string,
    details: readonly DevStatusDetail[],
  ) => Change
} = { pullrequest: mapPullRequests, branch: mapBranches, repository: mapCommits }

const detailType = z.enum(['pullrequest', 'branch', 'repository'])

type DetailType = z.output<typeof detailType>

/** Jira's answers do not name their issue, so a body of our own in front of them does: which answers are whose. */
const index = z.strictObject({
  issues: z.array(
    z.strictObject({
      issue_id: z.string(),
      details: z.array(z.int()),
      /** What the panel did not tell, though it was asked: that is no reason to remove anything. */
      unknown: z.array(detailType).default([]),
    }),
  ),
  /** What was asked for: nothing is known of the rest. */
  types: z.array(detailType).default(['pullrequest']),
  /** Issues that were deleted, or went out of sight, since they were found. */
  gone: z.array(z.string()).default([]),
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
  readonly unknown: readonly DetailType[]
}

/** What was read of the panels of some issues. */
export interface Panels {
  readonly panels: readonly Panel[]
  /** Issues that were deleted, or went out of sight, since they were found. */
  readonly gone: readonly string[]
}

/** What development panels are asked by, which nobody documents. */
export const DEVELOPMENT: OptionalApi = {
  about: 'Development panels',
  remedy: 'Use a token without scopes, on the address of the site itself, or set includeDevStatus to false.',
}

/** As many as are asked for at the same time: what Atlassian recommends at most. */
export const ISSUES_AT_A_TIME = 10

/**
 * The panels of these issues. The API is not documented, and closed to tokens with scopes: then it answers 401 to credentials
 * that are good elsewhere. That ends the unit with a warning, not the run, and nothing is known of any panel. One that is
 * closed is left out, alone.
 */
export async function readPanels(
  issueIds: readonly string[],
  ctx: Context<JiraConfig>,
): Promise<Panels | 'unavailable'> {
  const client = jiraClient(ctx)
  const read = await unlessUnavailable(DEVELOPMENT, client, ctx, () =>
    Promise.all(issueIds.map((issueId) => readPanel(client, issueId, ctx))),
  )
  if (read === 'unavailable') return read
  const answered = (how: 'gone' | 'refused') => issueIds.filter((_, position) => read[position] === how)
  const refused = answered('refused')
  const panels = read.filter((panel) => typeof panel === 'object')
  const [first] = refused
  // An issue that is out of sight is refused like one whose panel is closed. They are mostly of one project.
  if (first !== undefined && (await unlessGone(client.issueHistory(first))) === undefined)
    return { panels, gone: [...answered('gone'), ...refused] }
  if (refused.length > 0) {
    ctx.warn({
      about: 'Closed development panels',
      message:
        `The account may not see those of issue ${first}${othersThan(refused)}, so what was read of them before stays as it is. ` +
        'Give it the permission to view development tools in each project.',
      facts: { issues: refused },
    })
  }
  return { panels, gone: answered('gone') }
}

/** The summary says under which kinds of connection details exist: asking for any other answers with nothing. */
async function readPanel(
  client: JiraClient,
  issueId: string,
  { config, warn }: Context<JiraConfig>,
): Promise<Panel | 'gone' | 'refused'> {
  try {
    const summary = await client.devStatusSummary(issueId)
    const parts = await Promise.all(
      config.devStatusDetails.map(async (dataType) => {
        const connections = Object.entries(summary.body.summary[dataType]?.byInstanceType ?? {})
        const answers = await Promise.all(
          connections.map(([applicationType]) => client.devStatusDetail({ issueId, applicationType, dataType })),
        )
        const failed = [summary, ...answers].some(({ body }) => body.errors.length > 0)
        const counted = connections.some(([, { count }]) => (count ?? 0) > 0)
        const empty = answers.every(({ body }) => body.detail.length === 0)
        return { dataType, details: answers.map(({ bytes }) => bytes), isKnown: !failed && !(counted && empty) }
      }),
    )
    const unknown = parts.filter(({ isKnown }) => !isKnown).map(({ dataType }) => dataType)
    const details = parts.flatMap((part) => part.details)
    if (unknown.length > 0) {
      warn({
        about: 'Incomplete development panels',
        message:
          `The one of issue ${issueId} does not tell all that it counts, so what was read of it before stays as it is. ` +
          'See in Jira whether the connection to the code host is in order.',
        facts: { issue: issueId, details: unknown },
      })
    }
    return { issueId, summary: summary.bytes, details, unknown }
  } catch (error) {
    if (!isMillraceError(error)) throw error
    // The issue was deleted, or hidden, since it was found.
    if (error.context.status === 404) return 'gone'
    if (error.context.status === 403) return 'refused'
    throw error
  }
}

/** The bodies of a record: whose panels they are, then the panels. What could not be read is not empty, but absent. */
export function panelBodies(read: Panels | 'unavailable', config: JiraConfig): (string | Uint8Array)[] {
  const { panels, gone } = read === 'unavailable' ? { panels: [], gone: [] } : read
  const bodies: Uint8Array[] = []
  const issues = panels.map(({ issueId, summary, details, unknown }) => {
    bodies.push(summary)
    const first = bodies.length + 1
    bodies.push(...details)
    return { issue_id: issueId, details: details.map((_, position) => first + position), unknown: [...unknown] }
  })
  const contents: z.output<typeof index> = { issues, types: config.devStatusDetails, gone: [...gone] }
  return [JSON.stringify(contents), ...bodies]
}

export function* mapPanels(bodies: readonly unknown[]): Iterable<Change> {
  const { issues, types, gone } = index.parse(bodies[0])
  for (const issueId of gone) yield mapUnread(issueId)
  for (const { issue_id, details, unknown } of issues) {
    const answers = details.map((position) => devStatusDetail.parse(bodies[position]))
    for (const type of types) if (!unknown.includes(type)) yield DETAILS[type](issue_id, answers)
  }
}
