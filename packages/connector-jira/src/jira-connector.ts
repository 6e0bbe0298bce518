import { defineConnector } from '@millrace/core'
import { checkAccount } from './check-account.ts'
import { accounts } from './entities/accounts.ts'
import { boards, boardsSprints } from './entities/boards.ts'
import { changelogItems, changelogs } from './entities/changelogs.ts'
import { customFields, projectsCustomFields } from './entities/custom-fields.ts'
import { customFieldsMapping } from './entities/custom-fields-mapping.ts'
import { workItemsBranches, workItemsCommits, workItemsPrs } from './entities/development.ts'
import { comments, worklogs } from './entities/discussion.ts'
import { issueLinks } from './entities/issue-links.ts'
import { projects } from './entities/projects.ts'
import { remoteLinks } from './entities/remote-links.ts'
import { sprints, workItemsSprints } from './entities/sprints.ts'
import { projectsStatuses, statuses } from './entities/statuses.ts'
import { statusesMappings } from './entities/statuses-mappings.ts'
import { unreadWorkItems } from './entities/unread-work-items.ts'
import { components, versions } from './entities/versions-and-components.ts'
import { projectsWits, wits } from './entities/wits.ts'
import { witsHierarchies } from './entities/wits-hierarchies.ts'
import { witsMappings } from './entities/wits-mappings.ts'
import { workItemKeys, workItems } from './entities/work-items.ts'
import { workflows } from './entities/workflows.ts'
import { jiraOptions } from './jira-options.ts'
import { boardsStep } from './steps/boards.ts'
import { brokenLinksStep } from './steps/broken-links.ts'
import { customFieldsStep } from './steps/custom-fields.ts'
import { deletedSprintsStep } from './steps/deleted-sprints.ts'
import { devStatusStep } from './steps/dev-status.ts'
import { devStatusRepollStep } from './steps/dev-status-repoll.ts'
import { fieldsStep } from './steps/fields.ts'
import { issueCensusStep } from './steps/issue-census.ts'
import { issueSlicesStep } from './steps/issue-slices.ts'
import { issuesStep } from './steps/issues-with-changelogs.ts'
import { missedIssuesStep } from './steps/missed-issues.ts'
import { outdatedIssuesStep } from './steps/outdated-issues.ts'
import { projectsStep } from './steps/projects-and-issue-types.ts'
import { remoteLinksStep } from './steps/remote-links.ts'
import { sprintsStep } from './steps/sprints-of-boards.ts'
import { statusesStep } from './steps/statuses-and-relationships.ts'
import { unreadIssuesStep } from './steps/unread-issues.ts'
import { versionsStep } from './steps/versions-and-components.ts'

/** Jira Cloud: projects, issue types, statuses, issues with their complete histories and all
 * that belongs to them, and linked pull requests. */
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
    unreadWorkItems,
    changelogs,
    changelogItems,
    workItemsPrs,
    workItemsBranches,
    workItemsCommits,
    comments,
    worklogs,
    issueLinks,
    sprints,
    workItemsSprints,
    boards,
    boardsSprints,
    remoteLinks,
    versions,
    components,
    accounts,
    customFields,
    projectsCustomFields,
    customFieldsMapping,
    witsHierarchies,
    witsMappings,
    workflows,
    statusesMappings,
  ],
  config: jiraOptions,
  steps: (step) => {
    const devStatus = devStatusStep(step)
    const statusesOfProjects = statusesStep(step)
    const versionsOfProjects = versionsStep(step)
    const fields = fieldsStep(step)
    const remoteLinksOfIssues = remoteLinksStep(step)
    const sprintsOfBoards = sprintsStep(step)
    const readOn = { devStatus, remoteLinks: remoteLinksOfIssues }
    const projectsAndTypes = projectsStep(step, statusesOfProjects, versionsOfProjects)
    const named = [projectsAndTypes, statusesOfProjects]
    const missed = missedIssuesStep(step, named, readOn)
    const unread = unreadIssuesStep(step, missed)
    const slices = issueSlicesStep(step, named, readOn, unread)
    const issues = issuesStep(step, named, slices, readOn)
    const census = issueCensusStep(step, [issues, slices], missed)
    return [
      projectsAndTypes,
      statusesOfProjects,
      issues,
      devStatus,
      versionsOfProjects,
      boardsStep(step, sprintsOfBoards),
      sprintsOfBoards,
      remoteLinksOfIssues,
      slices,
      devStatusRepollStep(step, [issues, slices]),
      census,
      brokenLinksStep(step, census, missed),
      outdatedIssuesStep(step, [...named, versionsOfProjects, issues, slices], missed),
      deletedSprintsStep(step, sprintsOfBoards, [issues, slices], missed),
      unread,
      missed,
      fields,
      customFieldsStep(step, fields),
    ]
  },
  check: checkAccount,
})
