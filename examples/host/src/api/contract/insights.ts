import { z } from 'zod'
import { defineRoutes } from './route.ts'
import { count, idText, line, moment } from './scalars.ts'

const period = z.enum(['day', 'week', 'month'])

/** Which work is looked at; a period of time is [from, to). */
const scope = {
  from: moment.optional(),
  to: moment.optional(),
  integration_id: idText.optional(),
}
const ofProjects = { ...scope, project: line(100).optional() }

/** Seconds; null when nothing was measured. */
const seconds = z.number().nullable()
export const distribution = z.object({ count, mean: seconds, p50: seconds, p85: seconds, p95: seconds })
export type Distribution = z.output<typeof distribution>

const day = z.iso.date()

export const insightRoutes = defineRoutes({
  timeInsights: {
    method: 'GET',
    path: '/app/etl/insights/cycle-time',
    summary: 'Lead time (commitment to completion) and cycle time (start to completion) of what was completed',
    tag: 'insights',
    role: 'user',
    query: z.strictObject({ ...ofProjects, period: period.default('week') }),
    response: z.object({
      lead: distribution,
      cycle: distribution,
      /** By the period in which it was completed; periods without any are left out. */
      periods: z.array(z.object({ period: day, lead: distribution, cycle: distribution })),
    }),
  },
  throughputInsights: {
    method: 'GET',
    path: '/app/etl/insights/throughput',
    summary: 'How many work items were created and completed, by period; periods without any are left out',
    tag: 'insights',
    role: 'user',
    query: z.strictObject({ ...ofProjects, period: period.default('week') }),
    response: z.array(z.object({ period: day, created: count, completed: count })),
  },
  flowInsights: {
    method: 'GET',
    path: '/app/etl/insights/flow',
    summary:
      'How many work items were in each status at the end of each day: without `from`, of the last 90 days, and at most of the last 1100 of a period',
    tag: 'insights',
    role: 'user',
    query: z.strictObject(ofProjects),
    response: z.object({
      statuses: z.array(z.object({ id: z.string(), name: z.string(), category: z.string().nullable() })),
      /** `counts` in the order of `statuses`. */
      days: z.array(z.object({ day, counts: z.array(count) })),
    }),
  },
  reviewInsights: {
    method: 'GET',
    path: '/app/etl/insights/reviews',
    summary: 'How long pull requests waited for their first review and for their merge',
    tag: 'insights',
    role: 'user',
    query: z.strictObject({ ...scope, repository: line(300).optional(), period: period.default('week') }),
    response: z.object({
      first_review: distribution,
      merge: distribution,
      /** By the period in which the pull request was merged. */
      periods: z.array(z.object({ period: day, merged: count, first_review: distribution, merge: distribution })),
    }),
  },
})
