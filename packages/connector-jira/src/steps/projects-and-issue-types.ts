import type { DefineStep, Step } from '@millrace/core'
import { projectPage } from '../api/project-api.ts'
import type { JiraConfig } from '../jira-options.ts'
import { mapProject } from '../map-project.ts'
import { projectCursor, visibleProjects } from '../visible-projects.ts'
import type { ProjectUnit } from './statuses-and-relationships.ts'

/** Projects and their issue types. Each live project becomes a unit of the next step. */
export function projectsStep(
  step: DefineStep<JiraConfig>,
  statusesStep: Step<string, ProjectUnit>,
): Step<'jira_projects_and_issue_types', Record<string, never>> {
  return step({
    name: 'jira_projects_and_issue_types',
    displayName: 'Projects & Types',
    cursor: projectCursor,
    body: projectPage,
    items: 'values',
    spawns: [statusesStep],
    async *extract({ from }, ctx) {
      for await (const { answer, next } of visibleProjects(ctx, ['live', 'archived'], from)) {
        const live = answer.body.values.filter((project) => project.archived !== true)
        const spawn = live.map(({ id, key }) => statusesStep.spawn({ project_id: id, project_key: key }))
        yield { body: answer.bytes, next, spawn }
      }
    },
    *transform({ body }) {
      for (const project of body.values) yield* mapProject(project)
    },
  })
}
