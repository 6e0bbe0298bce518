import { sprintName } from '../world/catalogue.ts'
import type { SiteView } from './site-view.ts'

const FORTNIGHT_MS = 14 * 86_400_000
/** The board that all sprints of the site belong to. */
export const SPRINT_BOARD = 1

/** What the Sprint field and the agile API tell alike. */
export const sprintFacts = ({ world }: SiteView, sprint: number) => {
  const start = world.plan.createdAt(0, []) + sprint * FORTNIGHT_MS
  const end = start + FORTNIGHT_MS
  const now = world.clock.now()
  const { name = sprintName(sprint), goal = '', state: decided, at = end } = world.definitions.sprints.get(sprint) ?? {}
  const state = decided ?? (end < now ? 'closed' : start > now ? 'future' : 'active')
  return {
    id: sprint,
    name,
    state,
    goal,
    startDate: new Date(start).toISOString(),
    endDate: new Date(end).toISOString(),
    ...(state === 'closed' && { completeDate: new Date(at).toISOString() }),
  }
}
