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
      const parsed = sprint.safeParse(typeof entry === 'string' ? sprintOfText(entry) : entry)
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

/** Data Center prints a Java object: `…Sprint@1f[id=7,rapidViewId=1,state=ACTIVE,name=Sprint 7,startDate=<null>,goal=]`. */
function sprintOfText(text: string): unknown {
  const [, content] = /^com\.atlassian\.greenhopper\.service\.sprint\.Sprint@[^[]*\[(.*)\]$/s.exec(text) ?? []
  if (content === undefined) return undefined
  // Names and goals may hold commas, so a new value begins only where a property does.
  const properties = content.split(/,(?=[a-zA-Z]+=)/).map((property) => {
    const at = property.indexOf('=')
    const value = property.slice(at + 1)
    return [property.slice(0, at), value === '<null>' ? null : value]
  })
  const { id, rapidViewId, state, ...rest } = Object.fromEntries(properties) as {
    readonly [name: string]: string | null
  }
  return { ...rest, id: Number(id), boardId: Number(rapidViewId), state: state?.toLowerCase() }
}
