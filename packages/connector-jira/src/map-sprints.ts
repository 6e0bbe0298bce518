import type { Change } from '@millrace/core'
import { type JiraSprint, sprint } from './api/agile-api.ts'
import { sprints, workItemsSprints } from './entities/sprints.ts'

export function mapSprint(found: JiraSprint): Change {
  const { id, name, state, goal, startDate, endDate, completeDate } = found
  const boardId = found.boardId ?? found.originBoardId
  return sprints.upsert({
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

/**
 * The sprints of an issue, and which they are: exactly these. The id of the Sprint field differs between sites; its values do
 * not look like those of any other field.
 */
export function* mapSprints(issueId: string, fields: { readonly [id: string]: unknown }): Iterable<Change> {
  const found = new Map<number, JiraSprint>()
  for (const id in fields) {
    const value = fields[id]
    if (!Array.isArray(value) || !id.startsWith('customfield_')) continue
    for (const entry of value) {
      if (!mayBeSprint(entry)) continue
      const parsed = sprint.safeParse(typeof entry === 'string' ? sprintOfText(entry) : entry)
      if (parsed.success) found.set(parsed.data.id, parsed.data)
    }
  }
  for (const each of found.values()) yield mapSprint(each)
  const rows = [...found.keys()].map((id) => ({ work_item_id: issueId, sprint_id: String(id) }))
  yield workItemsSprints.replace(issueId, rows)
}

/** Options, people and versions are in arrays as well, and trying all of them takes longer than the rest of the issue. */
function mayBeSprint(entry: unknown): boolean {
  return typeof entry === 'string' || (typeof entry === 'object' && entry !== null && 'state' in entry)
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
