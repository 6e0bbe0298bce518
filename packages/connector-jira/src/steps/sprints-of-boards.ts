import { type DefineStep, isMillraceError, type Step } from '@millrace/core'
import { z } from 'zod'
import { sprintPage } from '../api/agile-api.ts'
import { boardsSprints } from '../entities/boards.ts'
import { sprints } from '../entities/sprints.ts'
import { jiraClient } from '../jira-client.ts'
import type { JiraConfig } from '../jira-options.ts'
import { listByPosition } from '../list-by-position.ts'
import { mapSprint } from '../map-sprints.ts'
import { BOARDS, unlessUnavailable } from '../optional-api.ts'

const unit = z.object({ board_id: z.string() })

export type BoardUnit = z.input<typeof unit>

/** The sprints of each board, planned ones without issues included. Those that began on it and that it no longer has are gone. */
export function sprintsStep(step: DefineStep<JiraConfig>): Step<'jira_sprints', BoardUnit> {
  return step({
    name: 'jira_sprints',
    displayName: 'Sprints',
    unit,
    unitKey: ({ board_id }) => board_id,
    body: sprintPage,
    transformVersion: 2,
    units: () => [],
    enabled: ({ boardsIntervalHours }) => boardsIntervalHours > 0,
    async *extract({ unit: { board_id: boardId } }, ctx) {
      const client = jiraClient(ctx)
      const read = (startAt: number) => client.sprints({ boardId, startAt })
      const pages = await unlessUnavailable({ ...BOARDS, about: 'Sprints' }, client, ctx, () =>
        listByPosition(`list the sprints of board ${boardId}`, read).catch((error) => {
          // 400: the board does not support sprints, which its type does not always tell. 404: it is gone.
          const status = isMillraceError(error) ? error.context.status : undefined
          if (status !== 400 && status !== 404) throw error
        }),
      )
      if (pages && pages !== 'unavailable') yield { bodies: pages.map(({ bytes }) => bytes), next: null }
    },
    *transform({ unit: { board_id }, bodies }) {
      const found = new Map(bodies.flatMap(({ values }) => values.map((sprint) => [sprint.id, sprint])))
      for (const each of found.values()) yield mapSprint(each)
      const ids = [...found.keys()].map(String)
      // That a board has no sprints at all may as well be told to somebody who may not see them.
      if (ids.length > 0) yield sprints.census(ids, { within: { column: 'board_id', externalId: board_id } })
      yield boardsSprints.replace(
        board_id,
        ids.map((sprint_id) => ({ board_id, sprint_id })),
      )
    },
  })
}
