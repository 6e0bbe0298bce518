import type { AnyEntity, Context, StoredRow } from '@millrace/core'
import type { JiraConfig } from './jira-options.ts'

/** The rows of one issue after the other, of which no more than a page is held. */
export interface RowsByIssue {
  /** @param issue UUID of its row; not before that of the last call */
  of(issue: string): Promise<readonly StoredRow[]>
}

/** Reads children of work items beside them: stores give both in the order of the issues' UUIDs. */
export function rowsByIssue(ctx: Context<JiraConfig>, entity: AnyEntity, columns: readonly string[]): RowsByIssue {
  const rows = eachRow(ctx, entity, ['work_item_id', ...columns])
  let next: IteratorResult<StoredRow, undefined> | undefined
  return {
    async of(issue) {
      const own: StoredRow[] = []
      next ??= await rows.next()
      while (!next.done && String(next.value.work_item_id) <= issue) {
        if (next.value.work_item_id === issue) own.push(next.value)
        next = await rows.next()
      }
      return own
    },
  }
}

async function* eachRow(
  ctx: Context<JiraConfig>,
  entity: AnyEntity,
  columns: readonly string[],
): AsyncGenerator<StoredRow, undefined, undefined> {
  for await (const rows of ctx.rows(entity, { columns })) yield* rows
}
