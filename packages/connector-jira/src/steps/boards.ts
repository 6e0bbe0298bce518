import type { DefineStep, Step } from '@millrace/core'
import { z } from 'zod'
import { boardPage } from '../api/agile-api.ts'
import { boards } from '../entities/boards.ts'
import { jiraClient } from '../jira-client.ts'
import type { JiraConfig } from '../jira-options.ts'
import { listByPosition } from '../list-by-position.ts'
import { BOARDS, unlessUnavailable } from '../optional-api.ts'
import type { BoardUnit } from './sprints-of-boards.ts'

const HOUR_MS = 3_600_000

/** A body of our own in place of the list. */
const closed = z.strictObject({ closed: z.literal(true) })

/** The boards that the account may see. Those that can have sprints become units of the next step. */
export function boardsStep(
  step: DefineStep<JiraConfig>,
  sprintsStep: Step<string, BoardUnit>,
): Step<'jira_boards', Record<string, never>> {
  return step({
    name: 'jira_boards',
    displayName: 'Boards',
    spawns: [sprintsStep],
    body: z.union([closed, boardPage]),
    enabled: ({ boardsIntervalHours }) => boardsIntervalHours > 0,
    intervalMs: ({ boardsIntervalHours }) => boardsIntervalHours * HOUR_MS,
    async *extract(_work, ctx) {
      const client = jiraClient(ctx)
      const pages = await unlessUnavailable(BOARDS, client, ctx, () =>
        listByPosition('list the boards', (startAt) => client.boards({ startAt })),
      )
      if (pages === 'unavailable') {
        // Asked again by the next run, which warns of it as well, and not when the interval is over.
        yield {
          body: JSON.stringify({ closed: true } satisfies z.input<typeof closed>),
          next: null,
          keepsWatermark: true,
        }
        return
      }
      const found = new Map(pages.flatMap(({ body }) => body.values.map((board) => [board.id, board])))
      const spawn = [...found.values()]
        .filter(({ type }) => type !== 'kanban')
        .map(({ id }) => sprintsStep.spawn({ board_id: String(id) }))
      // One record, because only all pages together say what is missing.
      yield { bodies: pages.map(({ bytes }) => bytes), next: null, spawn }
    },
    *transform({ bodies }) {
      const pages = bodies.filter((body) => 'values' in body)
      if (pages.length === 0) return
      const found = new Map(pages.flatMap(({ values }) => values.map((board) => [board.id, board])))
      for (const { id, name, type, location } of found.values()) {
        yield boards.upsert({ id: String(id), name, type, project_id: location?.projectId ?? null })
      }
      yield boards.census([...found.keys()].map(String))
    },
  })
}
