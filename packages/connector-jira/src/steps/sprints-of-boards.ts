import { type DefineStep, isMillraceError, type Step } from '@millrace/core'
import { z } from 'zod'
import { sprintPage } from '../api/agile-api.ts'
import { boardsSprints } from '../entities/boards.ts'
import { jiraClient } from '../jira-client.ts'
import type { JiraConfig } from '../jira-options.ts'
import { mapSprint } from '../map-sprints.ts'

const unit = z.object({ board_id: z.string() })

export type BoardUnit = z.input<typeof unit>

/** The sprints of each board, planned ones without issues included. */
export function sprintsStep(step: DefineStep<JiraConfig>): Step<'jira_sprints', BoardUnit> {
  return step({
    name: 'jira_sprints',
    displayName: 'Sprints',
    unit,
    unitKey: ({ board_id }) => board_id,
    body: sprintPage,
    units: () => [],
    enabled: ({ boardsIntervalHours }) => boardsIntervalHours > 0,
    async *extract({ unit: { board_id: boardId } }, ctx) {
      const client = jiraClient(ctx)
      const bodies: Uint8Array[] = []
      for (let startAt = 0; ; ) {
        const page = await client.sprints({ boardId, startAt }).catch((error) => {
          // 400: the board does not support sprints, which its type does not always tell. 404: it is gone.
          const status = isMillraceError(error) ? error.context.status : undefined
          if (status === 400 || status === 404) return undefined
          throw error
        })
        if (page === undefined) return
        bodies.push(page.bytes)
        startAt += page.body.values.length
        if (page.body.isLast || page.body.values.length === 0) break
      }
      yield { bodies, next: null }
    },
    *transform({ unit: { board_id }, bodies }) {
      const found = bodies.flatMap(({ values }) => values)
      for (const each of found) yield mapSprint(each)
      const ids = new Set(found.map(({ id }) => String(id)))
      yield boardsSprints.replace(
        board_id,
        [...ids].map((sprint_id) => ({ board_id, sprint_id })),
      )
    },
  })
}
