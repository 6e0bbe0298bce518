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
  const closed = end < now
  const state = closed ? 'closed' : start > now ? 'future' : 'active'
  const dates = { startDate: new Date(start).toISOString(), endDate: new Date(end).toISOString() }
  return {
    id: sprint,
    name: sprintName(sprint),
    state,
    goal: '',
    ...dates,
    ...(closed && { completeDate: dates.endDate }),
  }
}
