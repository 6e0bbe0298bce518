import { createInterface } from 'node:readline'
import { z } from 'zod'

/**
 * Clients of the interface: connects them all, says so, asks from then on as often as it was told, whether answers come or
 * not, and when its standard input ends with what was committed, says how long everything took.
 */
const { origin, token, tenantId, jobId, changing, clients, requestsPerSecond } = z
  .object({
    origin: z.string(),
    token: z.string(),
    tenantId: z.number(),
    /** The job that runs, and the one whose changes are timed. */
    jobId: z.number(),
    changing: z.number(),
    clients: z.number(),
    requestsPerSecond: z.number(),
  })
  .parse(JSON.parse(process.argv[2] ?? ''))

const now = (): number => performance.timeOrigin + performance.now()
const headers = { authorization: `Bearer ${token}` }
let errors = 0

interface Heard {
  readonly revision: number
  readonly at: number
}

/** What each client heard of the job that changes. */
const heard: Heard[][] = []
const sockets: WebSocket[] = []
/** As many as connect at once. */
const AT_ONCE = 25
for (let first = 0; first < clients; first += AT_ONCE) {
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, clients - first) }, (_, index) => connect(first + index)))
}
process.stdout.write('ready\n')

/** Half of the clients hear of all jobs, as the dashboard's pages do, the others of one. */
async function connect(index: number): Promise<void> {
  const response = await fetch(`${origin}/app/etl/ws-tickets`, { method: 'POST', headers })
  const { ticket } = (await response.json()) as { ticket: string }
  const path = index % 2 === 0 ? `/ws/jobs/${tenantId}` : `/ws/job/extraction/${tenantId}/${changing}`
  const socket = new WebSocket(`${origin.replace('http', 'ws')}${path}?ticket=${ticket}`)
  const mine: Heard[] = []
  heard.push(mine)
  sockets.push(socket)
  socket.addEventListener('close', () => {
    errors += 1
  })
  await new Promise((resolve) => {
    socket.addEventListener('message', ({ data }) => {
      const at = now()
      resolve(undefined)
      const message = JSON.parse(String(data))
      if (message.type === 'job_status_update' && message.job_id === changing) {
        mine.push({ revision: message.status.revision, at })
      }
    })
  })
}

/** What pages of the dashboard ask for. */
const PATHS = [
  '/app/etl/jobs',
  `/app/etl/jobs/${jobId}`,
  `/app/etl/jobs/${jobId}/runs`,
  `/api/v1/etl/jobs/${jobId}/status`,
  '/app/etl/queues/health',
  '/app/etl/queues/dead-letters',
  '/app/etl/workers',
  '/app/etl/integrations',
  '/api/v1/etl/raw-data',
  '/app/auth/me',
]
const requestMs: number[] = []
const open = new Set<Promise<void>>()
let stopped = false
let asked = 0

async function ask(path: string, due: number): Promise<void> {
  try {
    const response = await fetch(`${origin}${path}`, { headers })
    await response.arrayBuffer()
    if (response.status !== 200) errors += 1
    requestMs.push(now() - due)
  } catch {
    errors += 1
  }
}

/** Asks whenever it is time, however long answers take: one that is late must not have the next ones wait unseen. */
function askOnTime(): void {
  const start = now()
  const tick = (): void => {
    if (stopped) return
    for (;;) {
      const due = start + (asked * 1_000) / requestsPerSecond
      if (due > now()) break
      const request = ask(PATHS[asked % PATHS.length] ?? '', due)
      open.add(request)
      void request.then(() => open.delete(request))
      asked += 1
    }
    setTimeout(tick, 1)
  }
  if (requestsPerSecond > 0) tick()
}

let committed = ''
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'start') askOnTime()
  else committed = line
}
stopped = true
await Promise.all(open)
const commits = z.array(z.object({ revision: z.number(), at: z.number() })).parse(JSON.parse(committed))
const deliveryMs: number[] = []
let missed = 0
for (const mine of heard) {
  for (const { revision, at } of commits) {
    const first = mine.find((message) => message.revision >= revision)
    if (first) deliveryMs.push(first.at - at)
    else missed += 1
  }
}
function spreadOf(values: readonly number[]): { readonly p50: number; readonly p99: number; readonly max: number } {
  const sorted = values.toSorted((left, right) => left - right)
  const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? 0
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}

const result = {
  requests: requestMs.length,
  errors,
  requestMs: spreadOf(requestMs),
  deliveryMs: spreadOf(deliveryMs),
  missed,
}
// Clients that leave now were not dropped.
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit())
