import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { jira } from '@millrace/connector-jira'
import { openDatabase, resetJob, tenant } from '@millrace/sink-postgres'
import { z } from 'zod'
import { type Mirror, startMirror } from './mirror.ts'
import { firstLine, type Site, startProcess } from './simulated-site.ts'

export interface ServiceLoad {
  /** WebSocket connections. */
  readonly clients: number
  readonly requestsPerSecond: number
}

const spread = z.object({ p50: z.number(), p99: z.number(), max: z.number() })

/** What the process with the clients says at the end. */
const loadResult = z.object({
  requests: z.number(),
  /** Answers that are none of 200, and connections that were closed. */
  errors: z.number(),
  requestMs: spread,
  /** From COMMIT to each client, of each change. */
  deliveryMs: spread,
  /** Changes that a client did not hear of at all. */
  missed: z.number(),
})

export interface ServiceResult extends z.output<typeof loadResult> {
  readonly seconds: number
  readonly changes: number
  /** Of the process that serves: what its memory grew by when all clients connected, and its most. */
  readonly mbOfClients: number
  readonly peakMb: number
  /** And what it computed while it was asked. */
  readonly cpuMs: number
}

const INTERNAL_KEY = 'a-key-of-services-for-the-benchmark'
const USER = { email: 'load@example.com', password: 'a password for the load' }
/** Changes that are timed: of a job that nobody works on, so that when each was committed is known. */
const CHANGE_EVERY_MS = 250
const SETTLE_MS = 2_000

/** The interface in a process of its own, with clients, while a worker in another one mirrors a site. */
export async function service(site: Site, databaseUrl: string, load: ServiceLoad): Promise<ServiceResult> {
  const mirror = await startMirror(databaseUrl, {
    connector: jira,
    account: {
      baseUrl: site.url,
      username: site.email,
      credentials: { apiToken: site.token },
      settings: { includeDevStatus: false },
    },
    processes: [{ roles: ['extract', 'transform', 'embed'] }],
  })
  const host = await startHost(databaseUrl, mirror)
  const { origin, facts } = host
  const token = await logIn(origin, mirror.tenantId)
  const changing = await mirror.addJob('Changing')
  const idle = await facts()
  const child = startProcess(import.meta.resolve('./load-process.ts'), [
    JSON.stringify({ ...load, origin, token, tenantId: mirror.tenantId, jobId: mirror.jobId, changing }),
  ])
  await firstLine(child)
  await delay(SETTLE_MS)
  const connected = await facts()
  child.stdin?.write('start\n')
  const { seconds, commits } = await changeWhileRunning(databaseUrl, mirror, changing)
  const loaded = await facts()
  const said = firstLine(child)
  child.stdin?.end(JSON.stringify(commits))
  const result = loadResult.parse(JSON.parse(await said))
  await host.stop()
  await mirror.stop()
  return {
    ...result,
    seconds,
    changes: commits.length,
    mbOfClients: connected.nowMb - idle.nowMb,
    peakMb: loaded.peakMb,
    cpuMs: loaded.cpuMs - connected.cpuMs,
  }
}

/** The host's interface, with no limit of requests: all come from one address here. */
async function startHost(databaseUrl: string, { key }: Mirror) {
  const child = startProcess(
    import.meta.resolve('@millrace-examples/host/src/main.ts'),
    ['serve', '--roles', 'api', '--port', '0', '--requests-per-minute', '10000000'],
    {
      MILLRACE_DATABASE_URL: databaseUrl,
      MILLRACE_SECRET_KEYS: `benchmark:${key.toString('base64')}`,
      MILLRACE_INTERNAL_KEY: INTERNAL_KEY,
      MILLRACE_EMBEDDINGS: 'hash',
    },
  )
  if (!child.stdout) throw new Error('The host has no output to read.')
  const lines = createInterface({ input: child.stdout })
  const said = (words: string): Promise<string> =>
    new Promise((resolve, reject) => {
      lines.on('line', (line) => line.includes(words) && resolve(line))
      child.once('exit', (code) => reject(new Error(`The host ended with code ${code} before it said ${words}`)))
    })
  const [listening] = await Promise.all([said('Listening.'), said('Working.')])
  const { address, port } = z.object({ address: z.string(), port: z.number() }).parse(JSON.parse(listening))
  const origin = `http://${address}:${port}`
  return {
    origin,
    /** What it says of itself. */
    async facts(): Promise<{ readonly nowMb: number; readonly peakMb: number; readonly cpuMs: number }> {
      const metrics = await (await fetch(`${origin}/metrics`)).text()
      const read = (name: RegExp): number => Number(metrics.match(name)?.[1])
      return {
        nowMb: read(/^millrace_process_memory\{kind="now"\} (\S+)/m) / 1e6,
        peakMb: read(/^millrace_process_memory\{kind="peak"\} (\S+)/m) / 1e6,
        cpuMs: read(/^millrace_process_cpu_total (\S+)/m) * 1_000,
      }
    },
    async stop(): Promise<void> {
      child.kill()
      await once(child, 'exit')
    },
  }
}

async function logIn(origin: string, tenantId: number): Promise<string> {
  const post = async (path: string, body: object): Promise<unknown> => {
    const headers = { 'content-type': 'application/json', 'x-internal-auth': INTERNAL_KEY }
    const response = await fetch(`${origin}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`Failed to ask ${path}: ${response.status} ${await response.text()}`)
    return response.json()
  }
  await post(`/app/etl/users?tenant_id=${tenantId}`, { ...USER, role: 'user' })
  return z.object({ token: z.string() }).parse(await post('/app/auth/login', USER)).token
}

interface Commit {
  readonly revision: number
  /** Milliseconds since 1970, when COMMIT was sent. */
  readonly at: number
}

/** Mirrors the site, and changes the status of another job all the while. */
async function changeWhileRunning(
  databaseUrl: string,
  mirror: Mirror,
  jobId: number,
): Promise<{ readonly seconds: number; readonly commits: readonly Commit[] }> {
  const { tenantId } = mirror
  let committedAt: number | undefined
  const db = await openDatabase({
    url: databaseUrl,
    maxConnections: 2,
    onStatement: (sql) => {
      if (sql === 'COMMIT') committedAt ??= performance.timeOrigin + performance.now()
    },
  })
  const revision = `SELECT status_revision AS revision FROM etl_jobs WHERE id = $1`
  const commits: Commit[] = []
  let running = true
  const run = mirror.run().finally(() => {
    running = false
  })
  while (running) {
    committedAt = undefined
    await resetJob(db, { tenantId, jobId })
    const at = committedAt ?? Number.NaN
    const [row] = await db.query<{ revision: number }>(tenant(tenantId), revision, [jobId])
    commits.push({ revision: Number(row?.revision), at })
    await delay(CHANGE_EVERY_MS)
  }
  const { seconds } = await run
  await db.close()
  await delay(SETTLE_MS)
  return { seconds, commits }
}
