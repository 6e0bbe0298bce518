import type { DefineStep, Step } from '@millrace/core'
import { z } from 'zod'
import { componentList, versionList } from '../api/project-parts-api.ts'
import { components, versions } from '../entities/versions-and-components.ts'
import { jiraClient } from '../jira-client.ts'
import type { JiraConfig } from '../jira-options.ts'
import { mapAccounts } from '../map-accounts.ts'
import { unlessGone } from '../optional-api.ts'

const unit = z.object({ project_id: z.string(), project_key: z.string() })

export type ProjectPartsUnit = z.input<typeof unit>

/** Versions and components of each project, two requests apiece. What a project no longer has is gone here as well. */
export function versionsStep(step: DefineStep<JiraConfig>): Step<'jira_versions_and_components', ProjectPartsUnit> {
  return step({
    name: 'jira_versions_and_components',
    displayName: 'Versions & Components',
    unit,
    unitKey: ({ project_id }) => project_id,
    transformVersion: 2,
    body: z.array(z.unknown()),
    units: () => [],
    async *extract({ unit: { project_id } }, ctx) {
      const client = jiraClient(ctx)
      const versionsFound = await unlessGone(client.projectVersions(project_id))
      const componentsFound = versionsFound && (await unlessGone(client.projectComponents(project_id)))
      if (!versionsFound || !componentsFound) return
      yield { bodies: [versionsFound.bytes, componentsFound.bytes], next: null }
    },
    *transform({ unit: { project_id }, bodies }) {
      const [versionsFound, componentsFound] = bodies
      yield versions.replace(
        project_id,
        versionList.parse(versionsFound).map((version) => ({
          project_id,
          version_id: version.id,
          name: version.name,
          description: version.description || null,
          released: version.released ?? false,
          archived: version.archived ?? false,
          start_date: version.startDate,
          release_date: version.releaseDate,
        })),
      )
      const parts = componentList.parse(componentsFound)
      yield* mapAccounts(parts.map(({ lead }) => lead))
      yield components.replace(
        project_id,
        parts.map(({ id, name, description, lead }) => ({
          project_id,
          component_id: id,
          name,
          description: description || null,
          lead_account_id: lead?.accountId ?? null,
          lead_name: lead?.displayName ?? null,
        })),
      )
    },
  })
}
