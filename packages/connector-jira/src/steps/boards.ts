import type { DefineStep, Step } from '@millrace/core'
import { type BoardPage, boardPage } from '../api/agile-api.ts'
import { boards } from '../entities/boards.ts'
import { jiraClient } from '../jira-client.ts'
import type { JiraConfig } from '../jira-options.ts'
import { unlessUnavailable } from '../optional-api.ts'
import type { BoardUnit } from './sprints-of-boards.ts'

const HOUR_MS = 3_600_000

/** The boards that the account may see. Those that can have sprints become units of the next step. */
export function boardsStep(
  step: DefineStep<JiraConfig>,
  sprintsStep: Step<string, BoardUnit>,
): Step<'jira_boards', Record<string, never>> {
  return step({
    name: 'jira_boards',
    displayName: 'Boards',
    spawns: [sprintsStep],
    body: boardPage,
    enabled: ({ boardsIntervalHours }) => boardsIntervalHours > 0,
    intervalMs: ({ boardsIntervalHours }) => boardsIntervalHours * HOUR_MS,
    async *extract(_work, ctx) {
      const client = jiraClient(ctx)
      const bodies: Uint8Array[] = []
      const found: BoardPage['values'] = []
      for (let startAt = 0; ; ) {
        const page = await unlessUnavailable('Boards', client, ctx, () => client.boards({ startAt }))
        if (page === 'unavailable') return
        bodies.push(page.bytes)
        found.push(...page.body.values)
        startAt += page.body.values.length
        if (page.body.isLast || page.body.values.length === 0) break
      }
      const spawn = found
        .filter(({ type }) => type !== 'kanban')
        .map(({ id }) => sprintsStep.spawn({ board_id: String(id) }))
      // One record, because only all pages together say what is missing.
      yield { bodies, next: null, spawn }
    },
    *transform({ bodies }) {
      const found = bodies.flatMap(({ values }) => values)
      for (const { id, name, type, location } of found) {
        yield boards.upsert({ id: String(id), name, type, project_id: location?.projectId ?? null })
      }
      yield boards.census(found.map(({ id }) => String(id)))
    },
  })
}
