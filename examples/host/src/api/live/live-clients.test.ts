import { once } from 'node:events'
import { resetJob, tenant } from '@millrace/sink-postgres'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import WebSocket from 'ws'
import { CLOSE_CODES, jobsChannelPath } from '../contract/live.ts'
import { type ApiFixture, apiFixture } from '../testing/api-fixture.ts'

let api: ApiFixture
let isOpen = false
const close = async (): Promise<void> => {
  if (isOpen) await api[Symbol.asyncDispose]()
  isOpen = false
}
beforeEach(async () => {
  api = await apiFixture()
  isOpen = true
}, 300_000)
afterEach(close)

/** A live client, and the greatest revision of the job's status that it heard. */
async function connect() {
  const answer = await api.ask({ method: 'POST', url: '/app/etl/ws-tickets', as: 'user' })
  const { ticket } = answer.json() as { ticket: string }
  const socket = new WebSocket(`${(await api.origin()).replace('http', 'ws')}${jobsChannelPath(api.tenantId, ticket)}`)
  let heard = -1
  socket.on('message', (data) => {
    const message = JSON.parse(String(data))
    if (message.job_id === api.jobId) heard = message.status.revision
  })
  const closed = once(socket, 'close').then(([code]) => code as number)
  await vi.waitFor(() => expect(heard).toBeGreaterThanOrEqual(0), 10_000)
  return { socket, heard: () => heard, closed }
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
