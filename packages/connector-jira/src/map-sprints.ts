import type { Change } from '@millrace/core'
import { z } from 'zod'
import { lenient, optionalTime, text } from './api/lenient.ts'
import { sprints, workItemsSprints } from './entities/sprints.ts'

/**
 * The Sprint field of an issue. Its id differs between sites, its values do not look like those of any other field.
 * https://developer.atlassian.com/cloud/jira/software/rest/api-group-sprint/
 */
const sprint = z.looseObject({
  id: z.int(),
  name: text,
  state: z.enum(['future', 'active', 'closed']),
  boardId: lenient(z.int()),
  goal: text,
  startDate: optionalTime,
  endDate: optionalTime,
  completeDate: optionalTime,
})

/** The sprints of an issue, and which they are: exactly these. */
export function* mapSprints(issueId: string, fields: { readonly [id: string]: unknown }): Iterable<Change> {
  const found = new Map<number, z.output<typeof sprint>>()
  for (const [id, value] of Object.entries(fields)) {
    if (!id.startsWith('customfield_') || !Array.isArray(value)) continue
    for (const entry of value) {
      const parsed = sprint.safeParse(entry)
      if (parsed.success) found.set(parsed.data.id, parsed.data)
    }
  }
  for (const { id, name, state, boardId, goal, startDate, endDate, completeDate } of found.values()) {
    yield sprints.upsert({
      id: String(id),
      name,
      state,
      board_id: boardId === null ? null : String(boardId),
      goal: goal || null,
      start_date: startDate,
      end_date: endDate,
      complete_date: completeDate,
    })
  }
  const rows = [...found.keys()].map((id) => ({ work_item_id: issueId, sprint_id: String(id) }))
  yield workItemsSprints.replace(issueId, rows)
}
