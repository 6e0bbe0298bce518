import { once } from 'node:events'
import { resetJob, tenant } from '@millrace/sink-postgres'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import WebSocket from 'ws'
import { CLOSE_CODES, type JobProgress, jobChannelPath, jobsChannelPath, liveMessage } from '../contract/live.ts'
import { type ApiFixture, apiFixture } from '../testing/api-fixture.ts'

let api: ApiFixture
let isOpen = false
const close = async (): Promise<void> => {
  if (isOpen) await api[Symbol.asyncDispose]()
  isOpen = false
}
beforeAll(async () => {
  api = await apiFixture()
  isOpen = true
}, 300_000)
afterAll(close)

async function ticket(): Promise<string> {
  const answer = await api.ask({ method: 'POST', url: '/app/etl/ws-tickets', as: 'user' })
  return (answer.json() as { ticket: string }).ticket
}

async function open(path: string): Promise<WebSocket> {
  return new WebSocket(`${(await api.origin()).replace('http', 'ws')}${path}`)
}

/** A live client of all jobs, or of a channel, and the greatest revision of the job's status that it heard. */
async function connect(path = jobsChannelPath) {
  const socket = await open(path(api.tenantId, await ticket()))
  let heard = -1
  const progress: JobProgress[] = []
  const jobs = new Set<number>()
  socket.on('message', (data) => {
    const message = liveMessage.parse(JSON.parse(String(data)))
    jobs.add(message.job_id)
    if (message.type === 'job_progress') progress.push(message)
    else if (message.job_id === api.jobId) heard = message.status.revision
  })
  const closed = once(socket, 'close').then(([code]) => code as number)
  await vi.waitFor(() => expect(heard).toBeGreaterThanOrEqual(0), 60_000)
  return { socket, heard: () => heard, progress, jobs, closed }
}

/** Changes the job's status. @returns its revision */
async function change(): Promise<number> {
  await resetJob(api.db, api)
  const [row] = await api.db.query<{ revision: number }>(tenant(api.tenantId), REVISION, [api.jobId])
  return Number(row?.revision)
}

/** $1 job */
const REVISION = 'SELECT status_revision AS revision FROM etl_jobs WHERE id = $1'

/** $1 job. A document of half a megabyte. */
const WIDEN = `
  UPDATE etl_jobs SET status = jsonb_set(status, '{steps}', (
    SELECT jsonb_object_agg('step_' || n, jsonb_build_object('order', n, 'display_name', 'A step of many', 'extraction', 'idle',
      'transform', 'idle', 'embedding', 'idle')) FROM generate_series(1, 4000) AS n)) WHERE id = $1`

test('a ticket opens a channel of its own tenant, about a job that there is', async () => {
  const closedWith = async (path: string): Promise<unknown> => (await once(await open(path), 'close'))[0]
  const { other, tenantId, jobId } = api
  expect(await closedWith(jobsChannelPath(other.tenantId, await ticket()))).toBe(CLOSE_CODES.unauthorized)
  expect(await closedWith(jobsChannelPath(tenantId, 'made up'))).toBe(CLOSE_CODES.unauthorized)
  expect(await closedWith(`/ws/jobs/${tenantId}`)).toBe(CLOSE_CODES.unauthorized)
  expect(await closedWith(`/ws/job/laundry/${tenantId}/${jobId}?ticket=${await ticket()}`)).toBe(4401)
  const foreign = jobChannelPath('transform', tenantId, other.jobId, await ticket())
  expect(await closedWith(foreign)).toBe(CLOSE_CODES.notFound)
})

test('a channel of a job tells of that job and stage only, as far as they have come', async () => {
  const all = await connect()
  const one = await connect((tenantId, given) => jobChannelPath('extraction', tenantId, api.jobId, given))
  const run = await api.runtime.startRun(api)
  await vi.waitFor(() => expect([one.progress.length, all.progress.length]).not.toContain(0), 10_000)
  const [first] = one.progress
  expect(first).toMatchObject({
    tenant_id: api.tenantId,
    job_id: api.jobId,
    run_id: run.runId,
    totals: { api_calls: 0 },
  })
  const stages = (progress: readonly JobProgress[]) =>
    new Set(progress.flatMap(({ counters }) => counters.map((c) => c.stage)))
  expect([...stages(one.progress)].filter((stage) => stage !== 'plan' && stage !== 'extraction')).toEqual([])
  expect(stages(all.progress)).toContain('transform')
  expect([...one.jobs]).toEqual([api.jobId])
  expect(all.jobs.size).toBeGreaterThan(1)
  await api.runtime.cancelRun(run)
  for (const { socket } of [all, one]) socket.close()
})

test('a client that stops reading is left and told why, while the others hear every change', async () => {
  await api.runtime.cancelRun(await api.runtime.startRun(api))
  await api.db.query(tenant(api.tenantId), WIDEN, [api.jobId])
  const slow = await connect()
  const fast = await connect()
  slow.socket.pause()
  while (!api.said().includes('too slowly')) {
    const revision = await change()
    await vi.waitFor(() => expect(fast.heard()).toBeGreaterThanOrEqual(revision), 10_000)
  }
  const revision = await change()
  await vi.waitFor(() => expect(fast.heard()).toBe(revision), 10_000)
  expect(fast.socket.readyState).toBe(WebSocket.OPEN)
  slow.socket.resume()
  expect(await slow.closed).toBe(CLOSE_CODES.tooSlow)
  expect(slow.heard()).toBeLessThan(revision)
  fast.socket.close()
}, 300_000)

test('a process that ends sends its clients elsewhere, and does not wait for one that does not read', async () => {
  const slow = await connect()
  const fast = await connect()
  slow.socket.pause()
  const began = performance.now()
  await close()
  // By itself, a connection that is closed from one side only lasts half a minute.
  expect(performance.now() - began).toBeLessThan(25_000)
  expect(await fast.closed).toBe(CLOSE_CODES.goingAway)
}, 300_000)
