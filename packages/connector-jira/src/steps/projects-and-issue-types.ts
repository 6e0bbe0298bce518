import type { DefineStep, Step } from '@millrace/core'
import { projectPage } from '../api/project-api.ts'
import { projects } from '../entities/projects.ts'
import { witsHierarchies } from '../entities/wits-hierarchies.ts'
import { witsMappings } from '../entities/wits-mappings.ts'
import type { JiraConfig } from '../jira-options.ts'
import { mapProject } from '../map-project.ts'
import { projectCursor, visibleProjects } from '../visible-projects.ts'
import type { ProjectUnit } from './statuses-and-relationships.ts'
import type { ProjectPartsUnit } from './versions-and-components.ts'

/** Projects and their issue types. Each live project becomes a unit of the next step. */
export function projectsStep(
  step: DefineStep<JiraConfig>,
  statusesStep: Step<string, ProjectUnit>,
  versionsStep: Step<string, ProjectPartsUnit>,
): Step<'jira_projects_and_issue_types', Record<string, never>> {
  return step({
    name: 'jira_projects_and_issue_types',
    displayName: 'Projects & Types',
    cursor: projectCursor,
    body: projectPage,
    items: 'values',
    spawns: [statusesStep, versionsStep],
    reads: [projects, witsMappings, witsHierarchies],
    transformVersion: 5,
    async *extract({ from }, ctx) {
      for await (const { answer, next } of visibleProjects(ctx, ['live', 'archived', 'deleted'], from)) {
        const live = answer.body.values.filter((project) => project.archived !== true && project.deleted !== true)
        const spawn = live.flatMap(({ id, key }) => {
          const unit = { project_id: id, project_key: key }
          return [statusesStep.spawn(unit), versionsStep.spawn(unit)]
        })
        yield { body: answer.bytes, next, spawn }
      }
    },
    *transform({ body }, lookup) {
      for (const project of body.values) yield* mapProject(project, lookup)
    },
  })
}
