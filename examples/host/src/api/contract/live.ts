import { z } from 'zod'
import { jobStatus } from './jobs.ts'
import { defineRoutes } from './route.ts'
import { stageCounters } from './runs.ts'
import { bigId, count, id, time } from './scalars.ts'

/** Each channel of a job carries the whole document whenever it changes; progress is of the channel's stage only. */
export const JOB_CHANNELS = ['extraction', 'transform', 'embedding'] as const
export type JobChannel = (typeof JOB_CHANNELS)[number]

/** Where to connect, with a ticket; a ticket opens one connection. */
export function jobChannelPath(channel: JobChannel, tenantId: number, jobId: number, ticket: string): string {
  return `/ws/job/${channel}/${tenantId}/${jobId}?ticket=${encodeURIComponent(ticket)}`
}

/** One connection for all jobs of a tenant and all of their stages. */
export function jobsChannelPath(tenantId: number, ticket: string): string {
  return `/ws/jobs/${tenantId}?ticket=${encodeURIComponent(ticket)}`
}

/** On connect, and after every committed change. */
export const jobStatusUpdate = z.object({
  type: z.literal('job_status_update'),
  tenant_id: id,
  job_id: id,
  status: jobStatus,
})
export type JobStatusUpdate = z.output<typeof jobStatusUpdate>

/** At most once a second while a run is under way; may be left out for a client that is slow. */
export const jobProgress = z.object({
  type: z.literal('job_progress'),
  tenant_id: id,
  job_id: id,
  run_id: bigId,
  counters: z.array(stageCounters),
  totals: z.object({
    api_calls: count,
    rows_written: count,
    rows_removed: count,
    embeddings_queued: count,
    embedded: count,
  }),
})
export type JobProgress = z.output<typeof jobProgress>

export const liveMessage = z.discriminatedUnion('type', [jobStatusUpdate, jobProgress])
export type LiveMessage = z.output<typeof liveMessage>

/** Codes that a connection is closed with. */
export const CLOSE_CODES = {
  /** The ticket is unknown, used or too old: get another one. */
  unauthorized: 4401,
  /** The tenant has no such job. */
  notFound: 4404,
  /** The client reads too slowly: connect again, and the document comes whole. */
  tooSlow: 4408,
  /** The process ends: connect again. */
  goingAway: 1001,
} as const

export const liveRoutes = defineRoutes({
  createTicket: {
    method: 'POST',
    path: '/app/etl/ws-tickets',
    summary: 'Get a ticket that opens one WebSocket connection within half a minute',
    tag: 'live',
    role: 'user',
    status: 201,
    response: z.object({ ticket: z.string(), expires_at: time }),
  },
})
