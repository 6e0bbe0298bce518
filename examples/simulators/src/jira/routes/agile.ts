import { okJson, refusal } from '../answer.ts'
import { agileQuery } from '../contract/requests.ts'
import { SPRINT_BOARD, sprintFacts } from '../wire/sprint-json.ts'
import { ALL_SPRINTS } from '../world/catalogue.ts'
import type { World } from '../world/world.ts'
import { offsetPage, type Route, route } from './route.ts'

const NOBODY = refusal(401, 'Client must be authenticated to access this resource.')
const MOST_PER_PAGE = 50

/** One scrum board, which has all sprints, and a kanban board for each live project. */
const boardsOf = (world: World): readonly object[] => {
  const live = world.projects.filter(({ state, isVisible }) => state === 'live' && isVisible)
  const board = (id: number, bornAs: string, type: string, projectId: string | undefined) => {
    const name = world.definitions.boards.get(id) ?? bornAs
    return {
      id,
      self: `${world.siteUrl}/rest/agile/1.0/board/${id}`,
      name,
      type,
      ...(projectId !== undefined && { location: { projectId: Number(projectId), displayName: name } }),
    }
  }
  return [
    board(SPRINT_BOARD, 'Everything', 'scrum', undefined),
    ...live.map(({ index, born, id }) => board(100 + index, `${born.key} board`, 'kanban', id)),
  ]
}

/** What Jira Software adds: boards and their sprints. */
export const agileRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/rest/agile/1.0/board',
    query: agileQuery,
    anonymous: NOBODY,
    handle: (call) => {
      const page = { ...call.query, maxResults: Math.min(call.query.maxResults, MOST_PER_PAGE) }
      const { startAt, maxResults, total, isLast, values } = offsetPage(boardsOf(call.site.world), page, call)
      return okJson({ maxResults, startAt, total, isLast, values })
    },
  }),
  route({
    method: 'GET',
    path: '/rest/agile/1.0/board/:board/sprint',
    query: agileQuery,
    anonymous: NOBODY,
    handle: (call) => {
      const { view } = call.site
      if (call.params.board !== String(SPRINT_BOARD)) return refusal(400, 'The board does not support sprints')
      const page = { ...call.query, maxResults: Math.min(call.query.maxResults, MOST_PER_PAGE) }
      const sprintsLeft = ALL_SPRINTS.filter((sprint) => !view.world.log.removedSprints.has(sprint))
      const { startAt, maxResults, isLast, values } = offsetPage(sprintsLeft, page, call)
      const sprints = values.map((sprint) => ({ ...sprintFacts(view, sprint), originBoardId: SPRINT_BOARD }))
      return okJson({ maxResults, startAt, isLast, values: sprints })
    },
  }),
]
