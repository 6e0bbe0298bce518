import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { JOBS_QUEUE } from '@millrace/core'
import { amqpBroker } from '@millrace/core/amqp'
import { OWNER } from '@millrace/sink-postgres'
import { describe, expect, test } from 'vitest'
import { EXIT } from '../exit-codes.ts'
import { startHost } from '../testing/host-process.ts'
import { realSite, TOKEN } from '../testing/real-site.ts'
import { scratchStore } from '../testing/scratch-store.ts'
import { addressOf, serveFixture } from '../testing/serve-fixture.ts'

const ISSUES = 150
const { DATABASE_URL: serverUrl, AMQP_URL: amqpUrl } = process.env

const get = async (url: string): Promise<{ status: number; text: string }> => {
  const response = await fetch(url)
  return { status: response.status, text: await response.text() }
}

describe.skipIf(!serverUrl)('processes that share a database', { timeout: 240_000 }, () => {
  async function open(site: Parameters<typeof realSite>[0]) {
    await using opened = new AsyncDisposableStack()
    const store = opened.use(await scratchStore(serverUrl))
    const real = opened.use(await realSite(site))
    const url = store.choice.kind === 'server' ? store.choice.url : ''
    const fixture = opened.use(await serveFixture(url, real))
    const disposal = opened.move()
    return { ...fixture, url, site: real, [Symbol.asyncDispose]: () => disposal.disposeAsync() }
  }

  test('each do their part of a run, say how they are doing, keep secrets, and end with 0 when asked to', async () => {
    const faults = [
      { kind: 'status', status: 503, times: 2 },
      { kind: 'rate-limit', retryAfterSeconds: 1, path: '*/search*' },
      { kind: 'not-json', path: '*/search*', skip: 1 },
    ] as const
    await using system = await open({ issues: ISSUES, faults: [...faults] })
    const extract = system.serve('--roles', 'extract', '--concurrency', '2', '--port', '0')
    const load = system.serve('--roles', 'transform,embed', '--port', '0')
    const api = system.serve('--roles', 'api', '--port', '0')
    const processes = [extract, load, api]
    await Promise.all(processes.map((each) => each.says('Working.')))
    const addresses = await Promise.all(processes.map(addressOf))
    const answers: string[] = []
    const ask = async (index: number, path: string) => {
      const answer = await get(`${addresses[index]}${path}`)
      answers.push(answer.text)
      return answer
    }
    expect(await ask(2, '/ready')).toEqual({ status: 200, text: '{"ready":true,"checks":{"database":"ok"}}' })
    expect(JSON.parse((await ask(0, '/health')).text)).toMatchObject({ status: 'ok', roles: ['extract'] })

    const { runId } = await system.conductor.startRun({ tenantId: system.tenantId, jobId: system.jobId })
    const summary = await system.finished(runId)
    expect(summary.state).toBe('failed')
    expect(summary.failures.map(({ failure }) => failure.code)).toEqual(['NOT_JSON'])

    const extracted = (await ask(0, '/metrics')).text
    expect(extracted).toMatch(/^millrace_rows_total\{stage="extract",outcome="done"\} [1-9]/m)
    expect(extracted).toMatch(/^millrace_api_calls_total [1-9]/m)
    expect(extracted).not.toMatch(/stage="transform"/)
    const transformed = (await ask(1, '/metrics')).text
    expect(transformed).toMatch(/^millrace_rows_total\{stage="transform",outcome="done"\} [1-9]/m)
    expect(transformed).toMatch(/^millrace_row_duration_bucket\{stage="transform",outcome="done",le="0.1"\} \d/m)
    const overall = (await ask(2, '/metrics')).text
    expect(overall).toMatch(/^millrace_workers\{state="alive"\} 2/m)
    expect(overall).toMatch(/^millrace_queue_depth\{queue="job_queue",state="waiting"\} 0/m)
    // One that was idle for long was closed; asking about the rows has opened another one.
    expect((await ask(2, '/metrics')).text).toMatch(/^millrace_db_connections\{state="open"\} [1-9]/m)

    const workers = `SELECT roles, at_work, capacity, rss_bytes > 0 AS rss, peak_rss_bytes > 0 AS peak FROM workers ORDER BY roles`
    expect(await system.db.query(OWNER, workers)).toMatchObject([
      { roles: ['extract'], capacity: 2, rss: true, peak: true },
      { roles: ['transform', 'embed'], capacity: 4, rss: true, peak: true },
    ])

    for (const { child } of processes) child.kill('SIGTERM')
    expect(await Promise.all(processes.map(({ ended }) => ended))).toEqual([0, 0, 0])
    expect(await system.db.query(OWNER, 'SELECT FROM workers')).toEqual([])

    const said = [...processes.flatMap((each) => [each.output(), each.errors()]), ...answers].join('\n')
    const [, sealingKey = ''] = system.secretKeys.split(':')
    for (const secret of [TOKEN, sealingKey, new URL(system.url).password, btoa(`ann@acme.test:${TOKEN}`)]) {
      if (secret !== 'postgres') expect(said).not.toContain(secret)
    }
    const rowLine = extract
      .output()
      .split('\n')
      .find((line) => line.includes('Worked on a row.') && line.includes('unit'))
    expect(JSON.parse(rowLine ?? '{}')).toMatchObject({
      tenant: system.tenantId,
      run: runId,
      stage: 'extract',
      step: expect.stringMatching(/^jira_/),
    })
  })

  /** A worker in the middle of a request that takes a minute. */
  async function caughtAtWork(deadlineSeconds: number) {
    const system = await open({
      issues: ISSUES,
      faults: [{ kind: 'latency', ms: 60_000, path: '*/search*', times: 99 }],
    })
    const argv = ['--roles', 'all', '--port', '0', '--shutdown-deadline', String(deadlineSeconds)]
    const worker = system.serve(...argv)
    await worker.says('Working.')
    const { runId } = await system.conductor.startRun({ tenantId: system.tenantId, jobId: system.jobId })
    const leased = `SELECT count(*) AS rows FROM etl_job_queue WHERE run_id = $1 AND status = 'leased'`
    const leases = () => system.db.query(OWNER, leased, [runId])
    const requests = () => system.site.simulator.requests().total
    await expect.poll(requests).toBeGreaterThan(1)
    await expect.poll(leases).toEqual([{ rows: 1 }])
    return { worker, leases, [Symbol.asyncDispose]: () => system[Symbol.asyncDispose]() }
  }

  test.skipIf(!amqpUrl)('share a broker as well, which readiness knows, and end a run', async () => {
    await using system = await open({ issues: ISSUES })
    const prefix = `serve-${randomBytes(4).toString('hex')}.`
    const argv = ['--port', '0', '--transport', 'amqp', '--amqp-url', amqpUrl ?? '', '--amqp-prefix', prefix]
    const processes = ['extract', 'transform,embed', 'api'].map((roles) => system.serve('--roles', roles, ...argv))
    await using outside = {
      ...amqpBroker({ url: amqpUrl ?? '', prefix }),
      async [Symbol.asyncDispose]() {
        await this.remove()
        await this.close()
      },
    }
    await Promise.all(processes.map((each) => each.says('Working.')))
    const addresses = await Promise.all(processes.map(addressOf))
    const ready = { status: 200, text: '{"ready":true,"checks":{"database":"ok","broker":"ok"}}' }
    for (const address of addresses) await expect.poll(() => get(`${address}/ready`)).toEqual(ready)
    const { runId } = await system.conductor.startRun({ tenantId: system.tenantId, jobId: system.jobId })
    expect(await system.finished(runId)).toMatchObject({ state: 'finished', failures: [] })

    // What others ask for by a message, as the documents have it.
    const asked = {
      ...{ tenant_id: system.tenantId, job_id: system.jobId, integration_id: system.integrationId },
      ...{ job_type: 'jira_sync', config: { full_sync: true }, scheduled_at: '2026-01-01T00:00:00Z' },
      ...{ priority: 1, retry_count: 0, max_retries: 3 },
    }
    const encode = (body: object) => new TextEncoder().encode(JSON.stringify(body))
    await outside.publish([
      { queue: JOBS_QUEUE, id: 'asked', body: encode(asked) },
      { queue: JOBS_QUEUE, id: 'foreign', body: encode({ ...asked, integration_id: system.integrationId + 1 }) },
    ])
    const runs = () => system.db.query(OWNER, 'SELECT mode, state FROM etl_runs WHERE id > $1', [runId])
    await expect.poll(runs, { timeout: 60_000 }).toEqual([{ mode: 'full', state: 'finished' }])
    const said = () => processes.map((each) => each.output() + each.errors()).join('\n')
    await expect.poll(said, { timeout: 30_000 }).toContain('has no job')

    for (const { child } of processes) child.kill('SIGTERM')
    expect(await Promise.all(processes.map(({ ended }) => ended))).toEqual([0, 0, 0])
    expect(said()).not.toContain(amqpUrl)
  })

  test('a signal lets rows at work go on until the deadline, then aborts them and hands them back', async () => {
    await using caught = await caughtAtWork(1)
    const before = performance.now()
    caught.worker.child.kill('SIGTERM')
    expect(await caught.worker.ended).toBe(EXIT.finished)
    expect(performance.now() - before).toBeGreaterThan(900)
    // The request takes a minute.
    expect(performance.now() - before).toBeLessThan(45_000)
    expect(await caught.leases()).toEqual([{ rows: 0 }])
  })

  test('a unit that must wait an hour holds no lease and no connection, and nobody asks the provider', async () => {
    const fault = { kind: 'rate-limit', retryAfterSeconds: 3_600, path: '*/search*', times: 99 } as const
    await using system = await open({ issues: ISSUES, faults: [fault] })
    // No scheduler, which would start the jobs as well.
    const workers = [1, 2].map(() => system.serve('--roles', 'extract,transform,embed', '--port', '0'))
    await Promise.all(workers.map((each) => each.says('Working.')))
    await system.conductor.startRun({ tenantId: system.tenantId, jobId: system.jobId })
    const blocked = `
      SELECT round(extract(epoch FROM blocked_until - now()) / 60) AS minutes FROM integration_limits
       WHERE integration_id = $1 AND budget = 'extraction'`
    await expect.poll(() => system.db.query(OWNER, blocked, [system.integrationId])).toMatchObject([{ minutes: '60' }])
    const leases = `SELECT count(*) AS rows FROM etl_job_queue WHERE status = 'leased'`
    await expect.poll(() => system.db.query(OWNER, leases)).toEqual([{ rows: 0 }])
    const asked = system.site.simulator.requests().total
    await delay(3_000)
    expect(system.site.simulator.requests().total).toBe(asked)
    const waiting = `
      SELECT attempts, error_code, scheduled_at > now() + interval '59 minutes' AS late FROM etl_job_queue
       WHERE status = 'pending' AND error_code IS NOT NULL`
    expect(await system.db.query(OWNER, waiting)).toEqual(
      expect.arrayContaining([{ attempts: 0, error_code: 'RATE_LIMITED', late: true }]),
    )
    const holders = `
      SELECT count(*) AS transactions FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start < now() - interval '1 second'`
    await expect.poll(() => system.db.query(OWNER, holders)).toEqual([{ transactions: 0 }])
  })

  test('a second signal ends the process at once', async () => {
    await using caught = await caughtAtWork(60)
    caught.worker.child.kill('SIGTERM')
    await caught.worker.says('Stopping.')
    // Sent to a group of processes, one signal arrives twice at about the same time; that is no second one.
    caught.worker.child.kill('SIGTERM')
    await delay(500)
    expect(caught.worker.child.exitCode).toBeNull()
    const stopping = { status: 503, text: '{"ready":false,"checks":{"process":"STOPPING"}}' }
    expect(await get(`${await addressOf(caught.worker)}/ready`)).toEqual(stopping)
    caught.worker.child.kill('SIGTERM')
    expect(await caught.worker.ended).toBe(EXIT.interrupted)
  })
})

test('a process waits for a database that is not there, says no secret meanwhile, and ends when it is asked to', async () => {
  const url = 'postgres://nobody:s3cret@127.0.0.1:1/none'
  const waiting = startHost(['serve', '--roles', 'extract,api', '--port', '0', '--database-url', url], {
    MILLRACE_SECRET_KEYS: Buffer.alloc(32, 1).toString('base64'),
  })
  expect(await waiting.says(/"tries":2/)).toBe(true)
  const address = await addressOf(waiting)
  expect(await get(`${address}/ready`)).toEqual({
    status: 503,
    text: '{"ready":false,"checks":{"database":"DATABASE_UNAVAILABLE"}}',
  })
  expect((await get(`${address}/health`)).status).toBe(200)
  expect((await get(`${address}/metrics`)).text).toMatch(/^millrace_db_up 0/m)
  waiting.child.kill('SIGTERM')
  expect(await waiting.ended).toBe(EXIT.finished)
  expect(waiting.output() + waiting.errors()).not.toContain('s3cret')
}, 120_000)
