import type { Context } from '@millrace/core'
import { workItems } from './entities/work-items.ts'
import type { JiraConfig } from './jira-options.ts'
import { rowId } from './row-id.ts'

export interface StoredIssue {
  readonly id: string
  /** UUID of its project's row. */
  readonly project: unknown
}

/** The issues that these rows, named by their UUIDs, are of; those of them that are stored. The step must read `workItems`. */
export async function storedIssues(
  wanted: ReadonlySet<unknown>,
  ctx: Context<JiraConfig>,
): Promise<ReadonlyMap<unknown, StoredIssue>> {
  const found = new Map<unknown, StoredIssue>()
  for await (const rows of ctx.rows(workItems, { columns: ['external_id', 'project_id'] })) {
    for (const { external_id, project_id: project } of rows) {
      const id = String(external_id)
      const row = rowId(ctx, workItems, id)
      if (wanted.has(row)) found.set(row, { id, project })
    }
  }
  return found
}
