import { once } from 'node:events'
import { resetJob, tenant } from '@millrace/sink-postgres'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { jobsChannelPath } from './contract/live.ts'
import { problem } from './contract/problem.ts'
import type { Route } from './contract/route.ts'
import { ROUTES } from './contract/routes.ts'
import { type ApiFixture, INTERNAL_KEY } from './testing/api-fixture.ts'
import { apiFixtures } from './testing/api-fixtures.ts'
import { AWKWARD, arbitraryRequest } from './testing/arbitrary-request.ts'
import { MARKER, PASSWORD } from './testing/seed-api.ts'

const LARGE_ID = '987654321'
const ANY_UUID = '5e0d2a3c-7f0e-4f4a-9d8e-111111111111'

const served = Object.entries<Route>(ROUTES)
const guarded = served.filter(([, route]) => route.role !== 'public')
/** An object may have a `toString` that is none. */
const asText = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value))
/** Names nothing that there is. */
const urlOf = (route: Route, id = LARGE_ID): string => {
  const isUuid = route.params?.shape.id?.safeParse(ANY_UUID).success
  return route.path.replace(/:\w+/g, isUuid ? ANY_UUID : id)
}
const withBody = (payload: unknown) => ({
  payload: JSON.stringify(payload),
  headers: { 'content-type': 'application/json' },
})

describe.each(apiFixtures(process.env))('the interface of $name', ({ split, open }) => {
  let api: ApiFixture
  beforeAll(async () => {
    api = await open()
  }, 300_000)
  afterAll(() => api[Symbol.asyncDispose]())

  describe('every route', () => {
    test.each(guarded)('%s refuses whoever shows no token, a wrong one, or a wrong key', async (_name, route) => {
      const request = { method: route.method, url: urlOf(route) }
      expect((await api.ask(request)).status).toBe(401)
      expect((await api.ask({ ...request, headers: { authorization: 'Bearer x.y.z' } })).status).toBe(401)
      const service = { 'x-internal-auth': `${INTERNAL_KEY}!` }
      expect(
        (await api.ask({ ...request, url: `${request.url}?tenant_id=${api.tenantId}`, headers: service })).status,
      ).toBe(401)
    })

    test.each(guarded)('%s does not know another tenant', async (_name, route) => {
      const url = `${urlOf(route)}?tenant_id=${api.other.tenantId}`
      const answer = await api.ask({ method: route.method, url, as: 'admin' })
      expect(answer.status).toBe(404)
      expect(problem.parse(answer.json()).code).toBe('UNKNOWN_ROUTE')
    })

    test.each(guarded.filter(([, { role }]) => role !== 'user'))('%s refuses a lesser role', async (_name, route) => {
      const lesser = route.role === 'internal' ? 'admin' : route.role === 'admin' ? 'operator' : 'user'
      const answer = await api.ask({ method: route.method, url: urlOf(route), as: lesser })
      expect(answer.status).toBe(403)
      expect(problem.parse(answer.json()).code).toBe('WRONG_ROLE')
    })

    test.each([...served])('%s refuses unknown fields and wrong types', async (_name, route) => {
      const headers = { 'x-internal-auth': INTERNAL_KEY }
      const url = `${urlOf(route)}?${route.role === 'public' ? '' : `tenant_id=${api.tenantId}`}`
      const unknown = await api.ask({ method: route.method, url: `${url}&no_such_field=1`, headers })
      expect(unknown.status).toBe(400)
      expect(problem.parse(unknown.json()).message).toMatch(/no_such_field/)
      if (route.params) {
        const wrong = await api.ask({
          method: route.method,
          url: url.replaceAll(LARGE_ID, 'x').replace(ANY_UUID, 'x'),
          headers,
        })
        expect(wrong.status).toBe(400)
      }
      if (route.method === 'GET' || route.method === 'DELETE') return
      for (const body of [{ no_such_field: 1 }, 'text', [1], 7]) {
        const json = withBody(body)
        const answer = await api.ask({
          method: route.method,
          url,
          payload: json.payload,
          headers: { ...headers, ...json.headers },
        })
        expect(answer.status).toBe(400)
      }
      // A process that refuses a body may hang up before all of it is sent.
      if (split && route.largestBodyBytes !== undefined) return
      const large = withBody({ no_such_field: 'x'.repeat((route.largestBodyBytes ?? 64 * 1_024) + 5_000) })
      const oversized = await api.ask({
        method: route.method,
        url,
        payload: large.payload,
        headers: { ...headers, ...large.headers },
      })
      expect(oversized.status).toBe(413)
    })
  })

  test('ids of another tenant are not found, and its rows are not listed', async () => {
    const { jobId, integrationId, tenantId } = api.other
    const paths = [
      ['GET', `/app/etl/jobs/${jobId}`],
      ['POST', `/app/etl/jobs/${jobId}/run-now`],
      ['POST', `/app/etl/jobs/${jobId}/toggle-active`],
      ['GET', `/app/etl/jobs/${jobId}/runs`],
      ['GET', `/api/v1/etl/jobs/${jobId}/status`],
      ['GET', `/app/etl/integrations/${integrationId}`],
      ['POST', `/app/etl/integrations/${integrationId}/check`],
      ['DELETE', `/app/etl/integrations/${integrationId}`],
      ['POST', `/app/etl/integrations/${integrationId}/toggle`],
    ] as const
    for (const [method, url] of paths)
      expect([url, (await api.ask({ method, url, as: 'admin' })).status]).toEqual([url, 404])
    const update = withBody({ logo_filename: 'x.svg' })
    expect((await api.ask({ method: 'PUT', url: `/app/etl/tenants/${tenantId}`, as: 'admin', ...update })).status).toBe(
      404,
    )
    const jobs = (await api.ask({ method: 'GET', url: '/app/etl/jobs', as: 'user' })).json() as {
      id: number
      job_name: string
    }[]
    expect(jobs.map(({ id }) => id)).not.toContain(jobId)
    expect(jobs.map(({ job_name: name }) => name)).toEqual([...jobs.map(({ job_name: name }) => name)].sort())
  })

  test('jobs do what operators say, and their settings must make sense', async () => {
    const url = `/app/etl/jobs/${api.jobId}`
    const wrong = await api.ask({
      method: 'POST',
      url: `${url}/settings`,
      as: 'operator',
      ...withBody({ schedule_interval_minutes: 15, retry_interval_minutes: 15 }),
    })
    expect(wrong.status).toBe(400)
    const saved = await api.ask({
      method: 'POST',
      url: `${url}/settings`,
      as: 'operator',
      ...withBody({ schedule_interval_minutes: 60, retry_interval_minutes: 5 }),
    })
    expect(saved.json()).toMatchObject({ success: true, schedule_interval_minutes: 60, retry_interval_minutes: 5 })
    const started = await api.ask({ method: 'POST', url: `${url}/run-now`, as: 'operator' })
    expect(started.status).toBe(202)
    const { run_id: runId } = started.json() as { run_id: number }
    expect((await api.ask({ method: 'POST', url: `${url}/run-now`, as: 'operator' })).status).toBe(409)
    expect((await api.ask({ method: 'GET', url, as: 'user' })).json()).toMatchObject({
      status: 'RUNNING',
      last_run_id: runId,
    })
    expect((await api.ask({ method: 'GET', url: `${url}/runs/${runId}`, as: 'user' })).json()).toMatchObject({
      state: 'running',
    })
    const reset = await api.ask({
      method: 'PUT',
      url: `${url}/status`,
      as: 'operator',
      ...withBody({ status: 'READY' }),
    })
    expect(reset.json()).toMatchObject({ status: 'READY' })
    expect((await api.ask({ method: 'GET', url: `${url}/runs`, as: 'user' })).json()).toMatchObject([
      { run_id: runId, state: 'cancelled' },
    ])
    expect((await api.ask({ method: 'POST', url: `${url}/toggle-active`, as: 'operator' })).json()).toMatchObject({
      active: false,
    })
    expect((await api.ask({ method: 'POST', url: `${url}/run-now`, as: 'operator' })).status).toBe(409)
    await api.ask({ method: 'POST', url: `${url}/toggle-active`, as: 'operator', ...withBody({ active: true }) })
  })

  test('a record is stored and transformed by a run, and nothing is kept of one that comes meanwhile', async () => {
    const record = { integration_id: api.integrationId, entity_type: 'jira_fields', external_id: '1', raw_data: [] }
    const url = '/api/v1/etl/raw-data'
    const store = () => api.ask({ method: 'POST', url, as: 'operator', ...withBody(record) })
    const stored = await store()
    expect(stored.status).toBe(202)
    const { id, job_id: jobId } = stored.json() as { id: number; job_id: number }
    const refused = await store()
    expect([refused.status, (refused.json() as { code: string }).code]).toEqual([409, 'RUN_REFUSED'])
    const { raw_data: kept } = (await api.ask({ method: 'GET', url, as: 'user' })).json() as {
      raw_data: { id: number }[]
    }
    expect(kept.map((each) => each.id)).toEqual([id])
    await resetJob(api.db, { tenantId: api.tenantId, jobId })
  })

  test('credentials go in and never come out, nor do passwords, and changes are on record', async () => {
    const secret = { apiToken: `${MARKER}-2` }
    const body = { name: 'New', type: 'jira', base_url: 'https://example.com', credentials: secret }
    const add = (more: object) =>
      api.ask({ method: 'POST', url: '/app/etl/integrations', as: 'admin', ...withBody({ ...body, ...more }) })
    const created = await add({})
    expect(created.status).toBe(201)
    const { id } = created.json() as { id: number }
    const careless = await api.ask({
      method: 'PUT',
      url: `/app/etl/integrations/${id}`,
      as: 'admin',
      ...withBody({ settings: { apiToken: 'x' } }),
    })
    expect(careless.status).toBe(400)
    const hidden = { app: { appId: 1, keys: [{ privateKey: `${MARKER}-3` }] } }
    const nested = await add({ settings: hidden })
    expect([nested.status, nested.text]).toEqual([400, expect.stringContaining('settings.app.keys.0.privateKey')])
    const strange = await add({ type: 'library' })
    expect([strange.status, strange.text]).toEqual([400, expect.stringMatching(/called library. There are .*jira/)])
    const checked = await api.ask({
      method: 'POST',
      url: `/app/etl/integrations/${api.integrationId}/check`,
      as: 'operator',
    })
    expect(checked.json()).toMatchObject({ ok: false, error: { code: 'FORBIDDEN_URL' } })
    const answers = [created.text, checked.text]
    for (const [, route] of served.filter(([, { method, params }]) => method === 'GET' && !params)) {
      answers.push((await api.ask({ method: 'GET', url: route.path, as: 'admin' })).text)
    }
    answers.push(JSON.stringify(await api.db.query(tenant(api.tenantId), 'SELECT * FROM audit_log')))
    const all = answers.join('\n')
    for (const hidden of [MARKER, PASSWORD, 'scrypt$', INTERNAL_KEY]) expect(all).not.toContain(hidden)
    expect(all).toContain('"action":"createIntegration"')
  })

  test('a changed role or password ends tokens, and the last admin stays', async () => {
    const add = { email: 'temp@acme.test', password: PASSWORD, role: 'admin' }
    const { id } = (await api.ask({ method: 'POST', url: '/app/etl/users', as: 'admin', ...withBody(add) })).json() as {
      id: number
    }
    const login = await api.ask({
      method: 'POST',
      url: '/app/auth/login',
      ...withBody({ email: add.email, password: PASSWORD }),
    })
    const { token } = login.json() as { token: string }
    const me = () => api.ask({ method: 'GET', url: '/app/auth/me', headers: { authorization: `Bearer ${token}` } })
    expect((await me()).json()).toMatchObject({ role: 'admin', tenant_name: 'Acme' })
    await api.ask({ method: 'PUT', url: `/app/etl/users/${id}`, as: 'admin', ...withBody({ role: 'user' }) })
    expect((await me()).status).toBe(401)
    expect((await api.ask({ method: 'DELETE', url: `/app/etl/users/${id}`, as: 'admin' })).status).toBe(200)
    const users = (await api.ask({ method: 'GET', url: '/app/etl/users', as: 'admin' })).json() as {
      id: number
      role: string
    }[]
    const last = users.find(({ role }) => role === 'admin')?.id
    expect((await api.ask({ method: 'DELETE', url: `/app/etl/users/${last}`, as: 'admin' })).status).toBe(409)
    const wrong = await api.ask({
      method: 'POST',
      url: '/app/auth/login',
      ...withBody({ email: 'admin@acme.test', password: 'wrong' }),
    })
    expect(wrong.status).toBe(401)
  })

  test('workers that serve other tenants as well are left alone by admins, and heed services', async () => {
    for (const order of ['drain', 'restart']) {
      const request = { method: 'POST', url: `/app/etl/workers/${order}` } as const
      expect((await api.ask({ ...request, as: 'admin' })).status).toBe(403)
      const headers = { 'x-internal-auth': INTERNAL_KEY }
      const url = `${request.url}?tenant_id=${api.tenantId}`
      const told = await api.ask({ ...request, url, headers, ...{ payload: { ids: ['nobody'] } } })
      expect([told.status, (told.json() as { code: string }).code], 'there is none of that id').toEqual([
        404,
        'NOT_FOUND',
      ])
    }
  })

  test('the queues that a tenant’s work travels through are told, with what the broker holds where there is one', async () => {
    await vi.waitFor(async () => {
      const health = await api.ask({ method: 'GET', url: '/app/etl/queues/health', as: 'user' })
      const { queues } = health.json() as { queues: { queue: string; messages: unknown; consumers: unknown }[] }
      const held = split ? expect.any(Number) : null
      expect(queues).toEqual(
        [
          ...['etl.jobs', 'extraction_queue_free', 'transform_queue_free', 'embedding_queue_free'],
          ...['etl.custom_fields', 'etl.failed'],
        ].map((queue) => ({ queue, messages: held, consumers: held })),
      )
    }, 30_000)
  }, 60_000)

  test('services name the tenant, and look after tenants', async () => {
    const headers = { 'x-internal-auth': INTERNAL_KEY }
    expect((await api.ask({ method: 'GET', url: '/app/etl/jobs', headers })).status).toBe(400)
    const jobs = await api.ask({ method: 'GET', url: `/app/etl/jobs?tenant_id=${api.other.tenantId}`, headers })
    expect((jobs.json() as { id: number }[]).map(({ id }) => id)).toContain(api.other.jobId)
    expect((await api.ask({ method: 'GET', url: `/app/etl/jobs?tenant_id=${LARGE_ID}`, headers })).status).toBe(404)
    const made = await api.ask({ method: 'POST', url: '/app/etl/tenants', payload: { name: 'Short-lived' }, headers })
    const { id } = made.json() as { id: number }
    expect((await api.ask({ method: 'DELETE', url: `/app/etl/tenants/${id}`, headers })).status).toBe(200)
  })

  test('a ticket opens one live connection, which begins with the documents and tells each change', async () => {
    const { ticket } = (await api.ask({ method: 'POST', url: '/app/etl/ws-tickets', as: 'user' })).json() as {
      ticket: string
    }
    const url = `${(await api.origin()).replace('http', 'ws')}${jobsChannelPath(api.tenantId, ticket)}`
    const socket = new WebSocket(url)
    const heard: { type: string; job_id: number; status: { revision: number } }[] = []
    const hears = (revision: number): Promise<void> =>
      new Promise((resolve) => {
        const check = (): void => {
          if (heard.some((message) => message.job_id === api.jobId && message.status.revision >= revision)) resolve()
        }
        socket.addEventListener('message', check)
        check()
      })
    socket.addEventListener('message', ({ data }) => void heard.push(JSON.parse(String(data))))
    await hears(0)
    const { revision } = heard.findLast(({ job_id: id }) => id === api.jobId)?.status ?? { revision: 0 }
    await resetJob(api.db, { tenantId: api.tenantId, jobId: api.jobId })
    await hears(revision + 1)
    expect(heard.every(({ type }) => type === 'job_status_update')).toBe(true)
    const again = new WebSocket(url)
    const [closed] = (await once(again, 'close')) as [CloseEvent]
    expect(closed.code).toBe(4401)
    socket.close()
  })

  test('the document describes what is served', async () => {
    const document = (await api.ask({ method: 'GET', url: '/openapi.json' })).json() as {
      openapi: string
      paths: { [path: string]: object }
    }
    expect(document.openapi).toBe('3.1.0')
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    )
    const wanted = served.map(([, route]) => `${route.method.toLowerCase()} ${route.path.replace(/:(\w+)/g, '{$1}')}`)
    expect(described.sort()).toEqual([...wanted].sort())
  })

  /** With what they may be given, they would end everything for those that come after them. */
  const FINAL = ['updateUser', 'deleteUser', 'updateTenant', 'deleteTenant', 'logout', 'changePassword']

  test.each([...served])(
    '%s answers no input with a 5xx',
    async (name, route) => {
      let host = 0
      await fc.assert(
        fc.asyncProperty(
          arbitraryRequest(route),
          fc.dictionary(AWKWARD, AWKWARD, { maxKeys: 1 }),
          async (given, more) => {
            if (FINAL.includes(name) && !route.params) return
            host += 1
            const path = route.path.replace(/:(\w+)/g, (_, param: string) => {
              const value = FINAL.includes(name) ? LARGE_ID : asText(given.params[param] ?? '')
              return encodeURIComponent(value.toWellFormed()) || '%20'
            })
            const isInternal = route.role === 'internal'
            const query = Object.entries({ ...given.query, ...more, ...(isInternal && { tenant_id: api.tenantId }) })
            const search = new URLSearchParams(
              Object.fromEntries(query.map(([key, value]) => [key.toWellFormed(), asText(value).toWellFormed()])),
            )
            const payload = JSON.stringify(given.body)
            const answer = await api.ask({
              method: route.method,
              url: `${path}?${search}`,
              // Every one of them may try to log in so many times.
              remoteAddress: `10.0.${host >> 8}.${host & 255}`,
              headers: {
                ...(isInternal && { 'x-internal-auth': INTERNAL_KEY }),
                ...(route.method !== 'GET' && { 'content-type': 'application/json' }),
              },
              ...(!isInternal && { as: 'admin' }),
              ...(route.method !== 'GET' && payload !== undefined && { payload }),
            })
            expect(answer.status, `${route.method} ${path}?${search} ${payload}: ${answer.text}`).toBeLessThan(500)
          },
        ),
        { numRuns: split ? 2 : 12 },
      )
    },
    60_000,
  )

  test('whoever guesses passwords is told to wait, and other sites may not call', async () => {
    const guess = () =>
      api.ask({
        ...{ method: 'POST', url: '/app/auth/login', remoteAddress: '192.0.2.1' },
        ...withBody({ email: 'admin@acme.test', password: 'a guess' }),
      })
    const outcomes: number[] = []
    // A minute may end in between, and with it what was counted.
    while (outcomes.length < 50 && outcomes.at(-1) !== 429) outcomes.push((await guess()).status)
    expect(outcomes.slice(0, 3)).toEqual([401, 401, 401])
    expect(outcomes.at(-1)).toBe(429)
    const url = `${await api.origin()}/openapi.json`
    const response = await fetch(url, { headers: { origin: 'https://elsewhere.example.com' } })
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'")
    expect(response.headers.get('x-frame-options')).toBe('SAMEORIGIN')
  }, 120_000)
})
