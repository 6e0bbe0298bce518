import type { DefineStep, Step } from '@millrace/core'
import { fieldList } from '../api/field-api.ts'
import { customFields } from '../entities/custom-fields.ts'
import { jiraClient } from '../jira-client.ts'
import type { JiraConfig } from '../jira-options.ts'
import { mapFields } from '../map-fields.ts'

/** The custom fields of the site: one request, in every run. */
export function fieldsStep(step: DefineStep<JiraConfig>): Step<'jira_fields', Record<string, never>> {
  return step({
    name: 'jira_fields',
    displayName: 'Fields',
    modes: ['incremental', 'full', 'backfill', 'custom_fields'],
    enabled: (_config, options) => options.includeCustomFields !== false,
    reads: [customFields],
    body: fieldList,
    async *extract(_work, ctx) {
      const { bytes } = await jiraClient(ctx).fields()
      yield { body: bytes, next: null }
    },
    *transform({ body }, lookup) {
      yield* mapFields(body, lookup)
    },
  })
}
