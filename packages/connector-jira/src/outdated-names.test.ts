import type { AnyEntity, Context } from '@millrace/core'
import { expect, test } from 'vitest'
import { issueLinks } from './entities/issue-links.ts'
import { projects } from './entities/projects.ts'
import { workItems } from './entities/work-items.ts'
import type { JiraConfig } from './jira-options.ts'
import { issuesWithOutdatedNames } from './outdated-names.ts'
import { rowId } from './row-id.ts'

test('a link by a former key is outdated, unless another project has that key now', async () => {
  const rows = new Map<AnyEntity, readonly object[]>()
  const integration = { id: 1, tenantId: 1, name: 'Jira' }
  async function* stored(entity: AnyEntity) {
    yield rows.get(entity) ?? []
  }
  const ctx = { integration, rows: stored } as unknown as Context<JiraConfig>
  const linking = { external_id: '7', key: 'XYZ-1', project_id: rowId(ctx, projects, '1') }
  rows.set(workItems, [{ ...linking, components: [], fix_versions: [], affected_versions: [] }])
  rows.set(issueLinks, [{ work_item_id: rowId(ctx, workItems, '7'), linked_key: 'ABC-2' }])
  const other = { external_id: '1', key: 'XYZ', former_keys: [] }
  const renamed = { external_id: '2', key: 'DEF', former_keys: ['ABC'] }
  rows.set(projects, [other, renamed])
  expect([...(await issuesWithOutdatedNames(ctx)).keys()]).toEqual(['7'])
  rows.set(projects, [other, renamed, { external_id: '3', key: 'ABC', former_keys: [] }])
  expect([...(await issuesWithOutdatedNames(ctx)).keys()]).toEqual([])
})
