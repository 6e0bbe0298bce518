import { z } from 'zod'
import { id, lenient, optionalTime, text } from './lenient.ts'

/** Not every list says how long it is. */
const paged = { startAt: z.int(), isLast: z.boolean(), total: lenient(z.int()) }

/** https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-get */
export const boardPage = z.looseObject({
  ...paged,
  values: z.array(
    z.looseObject({
      id: z.int(),
      name: text,
      type: text,
      location: lenient(z.looseObject({ projectId: lenient(id) })),
    }),
  ),
})

/**
 * A sprint, on a board or in the Sprint field of an issue, where it names the board differently.
 * https://developer.atlassian.com/cloud/jira/software/rest/api-group-sprint/
 */
export const sprint = z.looseObject({
  id: z.int(),
  name: text,
  state: z.enum(['future', 'active', 'closed']),
  boardId: lenient(z.int()),
  originBoardId: lenient(z.int()),
  goal: text,
  startDate: optionalTime,
  endDate: optionalTime,
  completeDate: optionalTime,
})

/** https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-boardid-sprint-get */
export const sprintPage = z.looseObject({ ...paged, values: z.array(sprint) })

export type JiraSprint = z.output<typeof sprint>
export type BoardPage = z.output<typeof boardPage>
export type SprintPage = z.output<typeof sprintPage>
