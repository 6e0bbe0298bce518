import { defineConnector } from '@millrace/core'
import { checkAccount } from './check-account.ts'
import { changelogItems, changelogs } from './entities/changelogs.ts'
import { projects } from './entities/projects.ts'
import { projectsStatuses, statuses } from './entities/statuses.ts'
import { projectsWits, wits } from './entities/wits.ts'
import { workItemKeys, workItems } from './entities/work-items.ts'
import { workItemsPrs } from './entities/work-items-prs.ts'
import { jiraOptions } from './jira-options.ts'
import { devStatusStep } from './steps/dev-status.ts'
import { issueCensusStep } from './steps/issue-census.ts'
import { issuesStep } from './steps/issues-with-changelogs.ts'
import { projectsStep } from './steps/projects-and-issue-types.ts'
import { statusesStep } from './steps/statuses-and-relationships.ts'

/** Jira Cloud: projects, issue types, statuses, issues with their complete histories, and linked pull requests. */
export const jira = defineConnector({
  name: 'jira',
  version: '0.1.0',
  entities: [
    projects,
    wits,
    projectsWits,
    statuses,
    projectsStatuses,
    workItems,
    workItemKeys,
    changelogs,
    changelogItems,
    workItemsPrs,
  ],
  config: jiraOptions,
  steps: (step) => {
    const devStatus = devStatusStep(step)
    const statusesOfProjects = statusesStep(step)
    const issues = issuesStep(step, statusesOfProjects, devStatus)
    return [
      projectsStep(step, statusesOfProjects),
      statusesOfProjects,
      issues,
      devStatus,
      issueCensusStep(step, issues),
    ]
  },
  check: checkAccount,
})
