import { z } from 'zod'
import { defineRoutes } from './route.ts'
import { count, time } from './scalars.ts'

export const worker = z.object({
  id: z.string(),
  roles: z.array(z.string()),
  host: z.string(),
  pid: count,
  version: z.string(),
  started_at: time,
  last_seen_at: time,
  desired: z.enum(['work', 'drain', 'restart']),
  /** Rows that it works on right now. */
  rows: count,
  state: z.enum(['working', 'draining', 'drained', 'gone']),
})
export type Worker = z.output<typeof worker>

const choice = z.strictObject({
  /** @default all */
  ids: z.array(z.string().min(1).max(100)).min(1).max(1_000).optional(),
})

export const workerRoutes = defineRoutes({
  listWorkers: {
    method: 'GET',
    path: '/app/etl/workers',
    summary: 'List the processes that work; they serve all tenants',
    tag: 'workers',
    role: 'user',
    response: z.array(worker),
  },
  drainWorkers: {
    method: 'POST',
    path: '/app/etl/workers/drain',
    summary:
      'Tell workers to claim nothing more and to finish what they have; where they serve several tenants, services only',
    tag: 'workers',
    role: 'admin',
    body: choice.default({}),
    response: z.object({ told: z.array(z.string()) }),
  },
  restartWorkers: {
    method: 'POST',
    path: '/app/etl/workers/restart',
    summary: 'Tell workers to finish what they have and to end, so that their supervisor starts them anew; likewise',
    tag: 'workers',
    role: 'admin',
    body: choice.default({}),
    response: z.object({ told: z.array(z.string()) }),
  },
})
