import { type DefineStep, isMillraceError, type Step } from '@millrace/core'
import { z } from 'zod'
import { remoteLinkList } from '../api/remote-link-api.ts'
import { remoteLinks } from '../entities/remote-links.ts'
import { jiraClient } from '../jira-client.ts'
import type { JiraConfig } from '../jira-options.ts'
import { mapUnread } from '../map-unread.ts'
import { othersThan, unlessGone } from '../optional-api.ts'

const unit = z.object({ issue_ids: z.array(z.string()).min(1) })

export type RemoteLinksUnit = z.input<typeof unit>

/** As many as are asked for at the same time: what Atlassian recommends at most. */
const ISSUES_AT_A_TIME = 10

/** Jira's answers are bare lists, so a body of our own in front of them says whose they are. */
const index = z.strictObject({
  issue_ids: z.array(z.string()),
  /** Issues that were deleted, or went out of sight, since they were found. */
  gone: z.array(z.string()).default([]),
})
const body = z.union([index, z.array(z.unknown())])

/** Links of the issues that changed to things outside of Jira. There is no bulk endpoint: one request per issue. */
export function remoteLinksStep(step: DefineStep<JiraConfig>): Step<'jira_remote_links', RemoteLinksUnit> {
  return step({
    name: 'jira_remote_links',
    displayName: 'Remote Links',
    unit,
    /** How many issues of the unit are read. */
    cursor: z.int(),
    body,
    transformVersion: 2,
    units: () => [],
    enabled: ({ includeRemoteLinks }) => includeRemoteLinks,
    async *extract({ unit: { issue_ids }, from = 0 }, ctx) {
      const client = jiraClient(ctx)
      for (let read = from; read < issue_ids.length; read += ISSUES_AT_A_TIME) {
        const refused: string[] = []
        const gone: string[] = []
        const answers = await Promise.all(
          issue_ids.slice(read, read + ISSUES_AT_A_TIME).map(async (issueId) => {
            const answer = await unlessGone(client.remoteLinks(issueId)).catch((error) => {
              if (!isMillraceError(error) || error.context.status !== 403) throw error
              refused.push(issueId)
              return 'refused' as const
            })
            if (answer === undefined) gone.push(issueId)
            return answer && answer !== 'refused' ? { issueId, bytes: answer.bytes } : undefined
          }),
        )
        if (refused.length > 0) {
          ctx.warn({
            about: 'Remote links',
            message:
              `Jira refuses those of issue ${refused[0]}${othersThan(refused)}, so what was read of them before stays as it is. Switch ` +
              'issue linking on in Jira and start a full sync, or set includeRemoteLinks to false.',
            facts: { issues: refused },
          })
        }
        const found = answers.filter((answer) => answer !== undefined)
        const contents: z.output<typeof index> = { issue_ids: found.map(({ issueId }) => issueId), gone }
        const done = read + ISSUES_AT_A_TIME
        yield {
          bodies: [JSON.stringify(contents), ...found.map(({ bytes }) => bytes)],
          next: done >= issue_ids.length ? null : done,
        }
      }
    },
    *transform({ bodies }) {
      const [contents, ...answers] = bodies
      const { issue_ids, gone } = index.parse(contents)
      for (const issueId of gone) yield mapUnread(issueId)
      for (const [position, issueId] of issue_ids.entries()) {
        const rows = remoteLinkList
          .parse(answers[position])
          .map(({ id, globalId, relationship, application, object }) => ({
            work_item_id: issueId,
            link_id: id,
            global_id: globalId,
            relationship,
            application: application?.name ?? null,
            url: object?.url ?? null,
            title: object?.title ?? null,
            summary: object?.summary ?? null,
            resolved: object?.status?.resolved ?? null,
          }))
        yield remoteLinks.replace(issueId, rows)
      }
    },
  })
}
