import type { DefineStep, Step } from '@millrace/core'
import { z } from 'zod'
import { projectStatusList, statusList } from '../api/status-api.ts'
import { statusesMappings } from '../entities/statuses-mappings.ts'
import { workflows } from '../entities/workflows.ts'
import { jiraClient } from '../jira-client.ts'
import type { JiraConfig } from '../jira-options.ts'
import { mapProjectStatuses, mapStatus } from '../map-status.ts'
import { unlessGone } from '../optional-api.ts'

/** One project, or, without one, the statuses of the whole site. */
const unit = z.object({ project_id: z.string().optional(), project_key: z.string().optional() })

export type ProjectUnit = z.input<typeof unit>

/** Jira's answer does not say which project it is about, so a body of our own in front of it does. */
const subject = z.strictObject({ project_id: z.string().nullable() })

const body = z.union([subject, z.array(z.unknown())])

/** Statuses of the site and of each project, team-managed ones included. */
export function statusesStep(step: DefineStep<JiraConfig>): Step<'jira_statuses_and_relationships', ProjectUnit> {
  return step({
    name: 'jira_statuses_and_relationships',
    displayName: 'Statuses & Relations',
    reads: [statusesMappings, workflows],
    transformVersion: 2,
    unit,
    unitKey: ({ project_id }) => project_id ?? 'site',
    body,
    units: () => [{}],
    async *extract({ unit: { project_id } }, ctx) {
      const client = jiraClient(ctx)
      const answer = await (project_id === undefined
        ? client.statuses()
        : unlessGone(client.projectStatuses(project_id)))
      if (answer === undefined) return
      const about: z.output<typeof subject> = { project_id: project_id ?? null }
      yield { bodies: [JSON.stringify(about), answer.bytes], next: null }
    },
    *transform({ bodies }, lookup) {
      const [about, answer] = bodies
      const { project_id } = subject.parse(about)
      if (project_id !== null) yield* mapProjectStatuses(project_id, projectStatusList.parse(answer), lookup)
      else for (const status of statusList.parse(answer)) yield mapStatus(status, lookup)
    },
  })
}
