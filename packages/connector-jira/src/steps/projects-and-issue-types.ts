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

const EVERY_STATUS = ['live', 'archived', 'deleted'] as const

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
      for await (const { projects: found, bodies, next } of visibleProjects(ctx, EVERY_STATUS, from)) {
        const live = found.filter((project) => project.archived !== true && project.deleted !== true)
        const spawn = live.flatMap(({ id, key }) => {
          const unit = { project_id: id, project_key: key }
          return [statusesStep.spawn(unit), versionsStep.spawn(unit)]
        })
        yield { bodies, next, spawn }
      }
    },
    *transform({ bodies }, lookup) {
      for (const { values } of bodies) for (const project of values) yield* mapProject(project, lookup)
    },
  })
}
