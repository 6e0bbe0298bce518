import { expect, it } from 'vitest'
import { workflowMetrics } from './workflow-metrics.ts'

const CREATED = new Date('2026-03-02T09:00:00Z')
const HOUR_MS = 3_600_000
const ROLES = { category: () => null, isReview: () => false }

/** What happened, as hours since creation and statuses left and entered; and the hours in each status that was left. */
it.each([
  [[], {}],
  [
    [
      [2, 'todo', 'doing'],
      [7, 'doing', 'done'],
    ],
    { todo: 2, doing: 5 },
  ],
  [
    [
      [1, 'todo', 'doing'],
      [3, 'doing', 'todo'],
      [6, 'todo', 'doing'],
      [6, 'doing', 'done'],
    ],
    { todo: 4, doing: 2 },
  ],
] as const)('the time in each status is that between entering and leaving it: %j', (moves, hours) => {
  const transitions = moves.map(([at, from, to]) => ({ from, to, at: new Date(CREATED.getTime() + at * HOUR_MS) }))
  const { seconds_by_status } = workflowMetrics(CREATED, transitions, ROLES)
  const expected = Object.entries(hours).map(([status, spent]) => [status, spent * 3600])
  expect(seconds_by_status).toEqual(Object.fromEntries(expected))
})
