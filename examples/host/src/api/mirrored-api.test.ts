import { OWNER, tenant } from '@millrace/sink-postgres'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { z } from 'zod'
import { jobsChannelPath } from './contract/live.ts'
import type { Route } from './contract/route.ts'
import { ROUTES, type RouteName, type Routes } from './contract/routes.ts'
import { INTERNAL_KEY } from './testing/api-fixture.ts'
import { apiFixtures } from './testing/api-fixtures.ts'
import { type MirroredFixture, mirroredFixture, TOKENS } from './testing/mirrored-fixture.ts'
import { MARKER, PASSWORD } from './testing/seed-api.ts'

/** Planted by the test that looks for them. */
const HIDDEN = {
  embeddingKey: 'embedding-key-that-nobody-may-see',
  password: 'password-that-nobody-may-see',
  wrongPassword: 'wrong-password-that-nobody-may-see',
} as const

describe.each(apiFixtures(process.env))('what was mirrored, by the interface of $name', ({ open }) => {
  let world: MirroredFixture
  beforeAll(async () => {
    world = await mirroredFixture(open)
  }, 180_000)
  afterAll(() => world[Symbol.asyncDispose]())

  type AnswerOf<Name extends RouteName> = z.output<Routes[Name]['response']>

  /** Asks a route, which must be granted. */
  async function granted<Name extends RouteName>(
    name: Name,
    options: { readonly id?: string; readonly query?: string; readonly body?: unknown } = {},
  ): Promise<AnswerOf<Name>> {
    const { method, path, status = 200 }: Route = ROUTES[name]
    const url = `${path.replace(':id', options.id ?? '')}${options.query ? `?${options.query}` : ''}`
    const answer = await world.call<AnswerOf<Name>>(method, url, options.body)
    expect([name, answer.status, answer.body]).toEqual([name, status, expect.anything()])
    return answer.body
  }

  const rows = <Row extends object>(sql: string): Promise<Row[]> =>
    world.api.db.query<Row>(tenant(world.api.tenantId), sql)

  describe('insights', () => {
    interface Item {
      readonly id: string
      readonly project: string
      readonly created: Date
      readonly status: string
      readonly lead: number
      readonly cycle: number
      readonly committed: Date | null
      readonly started: Date | null
      readonly completed: Date | null
      readonly done: boolean
    }
    const items = () =>
      rows<Item>(`
      SELECT w.id, p.key AS project, w.created, w.status_id::text AS status, total_lead_time_seconds AS lead,
        total_cycle_time_seconds AS cycle, work_first_committed_at AS committed, work_first_started_at AS started,
        work_last_completed_at AS completed, s.mapped_category = 'Done' AS done
        FROM work_items w JOIN projects p ON p.id = w.project_id JOIN statuses s ON s.id = w.status_id WHERE w.active`)
    /** The first day of the week or month, computed by the calendar and not by the database. */
    const periodOf = (time: Date, period: string): string => {
      const day = new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate()))
      if (period === 'month') day.setUTCDate(1)
      if (period === 'week') day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7))
      return day.toISOString().slice(0, 10)
    }
    const distribution = (values: readonly number[]) => {
      const sorted = values.toSorted((a, b) => a - b)
      const at = (share: number): number | null => {
        const place = share * (sorted.length - 1)
        const [low = null, high = null] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]]
        return low === null || high === null ? null : near(low + (high - low) * (place - Math.floor(place)))
      }
      const mean = sorted.length === 0 ? null : near(sorted.reduce((sum, value) => sum + value, 0) / sorted.length)
      return { count: sorted.length, mean, p50: at(0.5), p85: at(0.85), p95: at(0.95) }
    }
    const near = (value: number) => expect.closeTo(value, 3) as number
    const of = <Thing, Key extends string>(things: readonly Thing[], keyOf: (thing: Thing) => Key) =>
      Object.entries(Object.groupBy(things, keyOf) as Record<Key, Thing[]>).sort(([a], [b]) => (a < b ? -1 : 1)) as [
        Key,
        Thing[],
      ][]
    const timesOf = (done: readonly Item[]) => ({
      lead: distribution(done.filter(({ committed }) => committed).map(({ lead }) => lead)),
      cycle: distribution(done.filter(({ started }) => started).map(({ cycle }) => cycle)),
    })

    test.each([
      ['week', ''],
      ['month', 'from=2025-01-01T00:00:00Z&to=2026-07-15T12:00:00%2B02:00'],
      ['day', 'project'],
    ])(
      'lead and cycle times and throughput by %s equal what SQL and the calendar say (%s)',
      async (period, narrowed) => {
        const all = await items()
        const project = all[0]?.project ?? ''
        const query = `period=${period}&${narrowed === 'project' ? `project=${project}` : narrowed}`
        const [from, to] = narrowed.startsWith('from') ? ['2025-01-01T00:00:00Z', '2026-07-15T10:00:00Z'] : []
        const isIn = (time: Date): boolean => (!from || time >= new Date(from)) && (!to || time < new Date(to))
        const known = narrowed === 'project' ? all.filter((item) => item.project === project) : all
        const done = known.flatMap((item) => (item.completed && item.done && isIn(item.completed) ? [{ ...item }] : []))
        expect(done.length).toBeGreaterThan(3)
        const end = (item: Item) => periodOf(item.completed ?? item.created, period)
        expect(await granted('timeInsights', { query })).toEqual({
          ...timesOf(done),
          periods: of(done, end).map(([first, some]) => ({ period: first, ...timesOf(some) })),
        })
        const born = known.filter(({ created }) => isIn(created)).map(({ created }) => periodOf(created, period))
        const ends = done.map(end)
        const periods = [...new Set([...born, ...ends])].sort()
        expect(await granted('throughputInsights', { query })).toEqual(
          periods.map((each) => ({
            period: each,
            created: born.filter((one) => one === each).length,
            completed: ends.filter((one) => one === each).length,
          })),
        )
      },
    )

    test('the flow by status of each day is that of replaying every history up to its end', async () => {
      const known = await items()
      const moves = await rows<{ item: string; before: string; after: string; at: Date }>(`
      SELECT work_item_id AS item, from_status_id::text AS before, to_status_id::text AS after,
        transition_change_date AS at FROM changelogs WHERE active ORDER BY transition_change_date, history_id, item_index`)
      const of = Map.groupBy(moves, ({ item }) => item)
      const query = 'from=2026-05-01T09:00:00Z&to=2026-09-01T00:00:00Z'
      const { statuses, days } = await granted('flowInsights', { query })
      expect([days[0]?.day, days.at(-1)?.day, days.length]).toEqual(['2026-05-01', '2026-08-31', 123])
      expect(statuses.length).toBeGreaterThan(3)
      for (const { day, counts } of days) {
        const end = new Date(Date.parse(day) + 86_400_000)
        const where = known
          .filter(({ created }) => created < end)
          .map(({ id, status }) => {
            const history = of.get(id) ?? []
            return history.findLast(({ at }) => at < end)?.after ?? history[0]?.before ?? status
          })
        expect([day, counts]).toEqual([day, statuses.map(({ id }) => where.filter((one) => one === id).length)])
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(where.length)
      }
      expect((await granted('flowInsights')).days).toHaveLength(90)
    })

    test('waits of pull requests for review and merge equal what SQL says', async () => {
      const merged = await rows<{ merged: Date; review: number | null; merge: number; repository: string }>(`
      SELECT merged, time_to_first_review_seconds AS review, time_to_merge_seconds AS merge,
        r.name_with_owner AS repository FROM prs JOIN repositories r ON r.id = repository_id WHERE prs.active AND merged IS NOT NULL`)
      const waitsOf = (some: typeof merged) => ({
        first_review: distribution(some.flatMap(({ review }) => (review === null ? [] : [review]))),
        merge: distribution(some.map(({ merge }) => merge)),
      })
      const expected = (some: typeof merged) => ({
        ...waitsOf(some),
        periods: of(some, (pull) => periodOf(pull.merged, 'week')).map(([period, each]) => ({
          ...{ period, merged: each.length },
          ...waitsOf(each),
        })),
      })
      expect(await granted('reviewInsights')).toEqual(expected(merged))
      const repository = merged[0]?.repository ?? ''
      const own = merged.filter((pull) => pull.repository === repository)
      expect(await granted('reviewInsights', { query: `repository=${repository}` })).toEqual(expected(own))
      const none = await granted('reviewInsights', { query: `integration_id=${world.jira.integrationId}` })
      expect(none).toMatchObject({ merge: { count: 0, mean: null }, periods: [] })
    })
  })

  describe('vectors', () => {
    const task = async () => {
      await vi.waitFor(async () => expect((await granted('listVectorTasks'))[0]?.state).not.toBe('running'), 60_000)
      return (await granted('listVectorTasks'))[0]
    }
    const agreed = { missing: 0, stale: 0, orphans: 0, failed: [], refused: false }

    test('every row with a text can be found, and rows and points agree', async () => {
      const { profile, entities } = await granted('vectorCoverage')
      const [items] = entities.filter(({ entity }) => entity === 'work_items')
      expect(items).toMatchObject({ rows: 150, embedded: 150, pending: 0, failed: 0, missing: 0, orphans: 0 })
      const points = await rows<{ count: number }>('SELECT count(*) FROM qdrant_vectors')
      const [collection, ...others] = await granted('listCollections')
      expect(others).toEqual([])
      expect(collection).toEqual({
        ...{ profile, serving: true, configured: true, points: points[0]?.count, dimensions: 256 },
      })
      expect(await granted('reconcileVectors', { body: {} })).toMatchObject({ kind: 'reconcile', state: 'running' })
      const ended = await task()
      expect(ended).toMatchObject({ state: 'finished', error: null, report: { ...agreed, points: points[0]?.count } })
    })

    test('another model is built with progress, serves, and gives way again', async () => {
      const estimate = await granted('estimateModelChange')
      const [before] = await granted('listCollections')
      expect(estimate.documents + estimate.chunks).toBeGreaterThan(0)
      await granted('changeModel', { body: { embedding: { provider: 'hash', dimensions: 64 } } })
      expect(await task()).toMatchObject({ kind: 'model-change', state: 'finished', progress: { rows: estimate.rows } })
      const [serving, kept] = await granted('listCollections')
      expect(serving).toMatchObject({ dimensions: 64, serving: true, points: before?.points })
      expect(kept).toMatchObject({ ...before, serving: false })
      expect(await granted('rollBackModel', { body: undefined })).toEqual({ profile: before?.profile })
      expect(await granted('forgetModels')).toEqual({ forgotten: [serving?.profile] })
      expect(await granted('listCollections')).toEqual([before])
      const wrong = await world.call('POST', '/app/etl/qdrant/model-change', { embedding: { provider: 'tea leaves' } })
      expect(wrong).toMatchObject({ status: 400, body: { code: 'INVALID_CONFIG' } })
    })
  })

  test('a record that somebody else received is stored, transformed by its step, and refused where it fits none', async () => {
    const { integrationId: integration_id, jobId } = world.jira
    const [field] = await rows<{ count: number }>('SELECT count(*) FROM custom_fields WHERE active')
    const planted = { id: 'customfield_19999', name: 'Planted', custom: true, schema: { type: 'string' } }
    const record = { integration_id, entity_type: 'jira_fields', external_id: 'by hand', raw_data: [planted] }
    const stored = await granted('storeRawData', { body: record })
    expect(stored.job_id).toBe(jobId)
    expect(await world.ended(stored.run_id)).toMatchObject({ state: 'finished', totals: { apiCalls: 0 } })
    expect(await rows(`SELECT name FROM custom_fields WHERE external_id = 'customfield_19999'`)).toEqual([
      { name: 'Planted' },
    ])
    expect(field?.count).toBeGreaterThan(0)
    const shown = await granted('showRawData', { id: String(stored.id) })
    expect(shown).toMatchObject({ run_id: stored.run_id, external_id: 'by hand', raw_data: [[planted]] })
    expect(shown.processing_status).toBe('processed')
    const post = (change: object) =>
      world.call<{ code: string }>('POST', '/api/v1/etl/raw-data', { ...record, ...change })
    expect((await post({ raw_data: { not: 'a list' } })).status).toBe(400)
    expect((await post({ entity_type: 'no_such_step' })).status).toBe(400)
    expect((await post({ unit: { no: 'unit' } })).status).toBe(400)
    expect((await post({ integration_id: world.api.other.integrationId })).status).toBe(404)
  })

  describe('configuration', () => {
    test('types and statuses are listed with their work items and what they are mapped to', async () => {
      const query = `integration_id=${world.jira.integrationId}`
      const wits = await granted('listWits', { query })
      const counted = await rows<{ name: string; work_items: number }>(`
      SELECT w.name, count(i.id) AS work_items FROM wits w LEFT JOIN work_items i ON i.wit_id = w.id AND i.active
       WHERE w.active GROUP BY w.id ORDER BY lower(w.name), w.id`)
      expect(wits.map(({ name, work_items }) => ({ name, work_items }))).toEqual(counted)
      expect(wits.length).toBeGreaterThan(3)
      const statuses = await granted('listStatuses')
      expect(statuses.reduce((sum, { work_items }) => sum + work_items, 0)).toBe(
        (await rows('SELECT FROM work_items WHERE active')).length,
      )
      expect(await granted('listWits', { query: `integration_id=${world.github.integrationId}` })).toEqual([])

      const status_from = statuses[0]?.name ?? ''
      const mapping = { status_from, status_to: 'Called so', status_category: 'In Progress' }
      const made = await granted('createStatusMapping', {
        body: { integration_id: world.jira.integrationId, ...mapping },
      })
      const mapped = (await granted('listStatuses')).filter(({ mapping_id }) => mapping_id === made.id)
      expect(new Set(mapped.map(({ name }) => name))).toEqual(new Set([status_from]))
      expect(made.run_id).not.toBeNull()
      await settled()
      expect(await rows(`SELECT DISTINCT mapped_name FROM statuses WHERE name = '${status_from}'`)).toEqual([
        { mapped_name: 'Called so' },
      ])
      const changed = await granted('updateStatusMapping', { id: made.id, body: { status_to: 'Called otherwise' } })
      expect(changed).toMatchObject({ ...mapping, status_to: 'Called otherwise' })
      await settled()
    })

    test('what is used stays, says what uses it, and goes once that is moved or released', async () => {
      const { integrationId: integration_id } = world.jira
      const level = (level_name: string, level_number: number) =>
        granted('createHierarchy', { body: { integration_id, level_name, level_number } })
      const upper = await level('Upper', 4)
      const lower = await level('Lower', 2)
      expect((await granted('listHierarchies')).map(({ level_name }) => level_name)).toEqual(['Lower', 'Upper'])
      const mapping = await granted('createWitMapping', {
        body: { integration_id, wit_from: 'Epic', wit_to: 'Initiative', wits_hierarchy_id: upper.id },
      })
      await settled()
      const users = await granted('hierarchyDependencies', { id: upper.id })
      expect(users.dependants).toContainEqual({ type: 'wit_mapping', id: mapping.id, name: 'Epic' })
      expect(users.dependants).toContainEqual({ type: 'wit', id: expect.any(String), name: 'Epic' })

      const path = `/app/etl/hierarchies/${upper.id}`
      const refused = await world.call<{ code: string; dependants: object[] }>('DELETE', path)
      expect(refused).toMatchObject({ status: 409, body: { code: 'IN_USE' } })
      expect(refused.body.dependants).toEqual(users.dependants)
      expect((await world.call('DELETE', `${path}?move_to=${lower.id}&release=true`)).status).toBe(400)
      expect((await world.call('DELETE', `${path}?move_to=${upper.id}`)).status).toBe(400)
      const moved = await granted('deleteHierarchy', { id: upper.id, query: `move_to=${lower.id}` })
      expect(moved.moved).toBe(users.total)
      await settled()
      expect((await granted('listWitMappings'))[0]?.wits_hierarchy_id).toBe(lower.id)
      expect(await rows(`SELECT DISTINCT mapped_level FROM wits WHERE active AND name = 'Epic'`)).toEqual([
        { mapped_level: 2 },
      ])

      await granted('deleteWitMapping', { id: mapping.id, query: 'release=true' })
      await settled()
      expect(await rows('SELECT FROM wits WHERE active AND wit_mapping_id IS NOT NULL')).toEqual([])
      expect((await world.call('GET', `/app/etl/wits/mappings/${mapping.id}/dependencies`)).status).toBe(404)
    })

    test('what does not fit is refused, and what another tenant configured is not there', async () => {
      const { integrationId: integration_id } = world.jira
      const step = { step_name: 'Build', step_number: 2, step_category: 'In Progress' }
      const build = await granted('createWorkflow', { body: { integration_id, ...step } })
      await granted('createWorkflow', { body: { integration_id, ...step, step_name: 'Wish', step_number: 1 } })
      expect((await granted('listWorkflows')).map(({ step_name }) => step_name)).toEqual(['Wish', 'Build'])
      const again = await world.call('POST', '/app/etl/workflows', { integration_id, ...step, step_name: 'BUILD' })
      expect(again).toMatchObject({ status: 409, body: { code: 'ALREADY_EXISTS' } })
      const nowhere = { integration_id, wit_from: 'Bug', wit_to: 'Defect', wits_hierarchy_id: build.id }
      expect((await world.call('POST', '/app/etl/wits/mappings', nowhere)).status).toBe(400)
      const elsewhere = { integration_id: world.github.integrationId, ...step }
      expect((await world.call('POST', '/app/etl/workflows', elsewhere)).status).toBe(400)
      const foreign = { integration_id: world.api.other.integrationId, ...step }
      expect((await world.call('POST', '/app/etl/workflows', foreign)).status).toBe(404)
      const path = `/app/etl/workflows/${build.id}`
      const service = { 'x-internal-auth': INTERNAL_KEY }
      const other = `tenant_id=${world.api.other.tenantId}`
      for (const [method, url] of [
        ['GET', `${path}/dependencies`],
        ['PUT', path],
        ['DELETE', path],
      ] as const) {
        const body = method === 'PUT' ? { payload: { step_number: 9 } } : {}
        expect((await world.api.ask({ method, url: `${url}?${other}`, headers: service, ...body })).status).toBe(404)
      }
    })

    test('custom fields are looked for when people ask, and fill the columns that they are mapped to', async () => {
      const { integrationId } = world.jira
      const query = `integration_id=${integrationId}`
      expect(await granted('listProjectCustomFields', { query })).toEqual([])
      await settled()
      const sync = await granted('syncCustomFields', { body: { integration_id: integrationId } })
      expect(await world.ended(sync.run_id)).toMatchObject({ state: 'finished' })
      const projects = await granted('listProjectCustomFields', { query })
      expect(projects.length).toBeGreaterThan(2)
      const fields = await granted('listCustomFields', { query })
      const points = fields.find(({ external_id }) => external_id === 'customfield_10016')
      expect(points).toMatchObject({ name: 'Story point estimate', operations: ['set'], mapped_to: null })
      expect(projects.every(({ field_ids }) => field_ids.includes('customfield_10016'))).toBe(true)

      expect(await granted('showCustomFieldMapping', { query })).toMatchObject({ fields: {}, last_updated_at: null })
      const chosen = { story_points: points?.id, custom_field_20: fields[0]?.id }
      const saved = await granted('saveCustomFieldMapping', { query, body: { fields: chosen } })
      expect(saved.fields).toEqual(chosen)
      await settled()
      const estimated = [...world.jiraSite.truth().issues()].filter(({ storyPoints }) => storyPoints !== null)
      expect(await rows('SELECT FROM work_items WHERE active AND story_points IS NOT NULL')).toHaveLength(
        estimated.length,
      )
      expect((await granted('showCustomFieldMapping', { query })).fields).toEqual(chosen)
      const now = await granted('listCustomFields', { query })
      expect(now.flatMap(({ mapped_to }) => (mapped_to ? [mapped_to] : [])).sort()).toEqual(Object.keys(chosen).sort())
      const wrong = { fields: { team: points?.external_id } }
      expect((await world.call('PUT', `/app/etl/custom-fields/mapping?${query}`, wrong)).status).toBe(400)
      const unknown = { fields: { team: '5e0d2a3c-7f0e-4f4a-9d8e-111111111111' } }
      expect((await world.call('PUT', `/app/etl/custom-fields/mapping?${query}`, unknown)).status).toBe(400)
    })

    test('every change is in the audit log once, with who made it', async () => {
      const log = await granted('listAuditLog', { query: 'limit=500' })
      const made = log.filter(({ action }) => /^(wits|statuses|workflows|custom_fields)_?\w*\./.test(action))
      expect(new Set(made.map(({ action }) => action))).toEqual(
        new Set([
          'statuses_mappings.create',
          'statuses_mappings.update',
          'wits_hierarchies.create',
          'wits_hierarchies.delete',
          'wits_mappings.create',
          'wits_mappings.delete',
          'workflows.create',
          'custom_fields_mapping.save',
        ]),
      )
      expect(new Set(made.map(({ actor }) => actor))).toEqual(new Set(['admin@acme.test']))
      expect(log.some(({ action }) => action === 'createWitMapping')).toBe(false)
    })
  })

  test('no secret that went in comes out: not in answers, log lines, errors, documents, messages or rows', async () => {
    const { api, jira } = world
    const wrong = { ...HIDDEN, token: 'wrong-token-that-nobody-may-see' }
    const service = { 'x-internal-auth': INTERNAL_KEY }
    const embedding = {
      ...{ provider: 'openai', model: 'any', dimensions: 8, baseUrl: 'https://embeddings.example.com/v1' },
      apiKey: wrong.embeddingKey,
    }
    const model = await api.ask({
      ...{ method: 'PUT', headers: service, payload: { embedding } },
      url: `/app/etl/integrations/${api.other.integrationId}?tenant_id=${api.other.tenantId}`,
    })
    expect(model.status).toBe(200)
    await granted('createUser', { body: { email: 'eve@acme.test', role: 'user', password: wrong.password } })
    const login = { email: 'eve@acme.test', password: wrong.wrongPassword }
    const answers = [model.text, (await api.ask({ method: 'POST', url: '/app/auth/login', payload: login })).text]
    const { ticket } = await granted('createTicket')
    // Whoever the provider refuses has dead rows, a failed run and a status that says why.
    await granted('updateIntegration', {
      ...{ id: String(jira.integrationId), body: { credentials: { apiToken: wrong.token } } },
    })
    answers.push(JSON.stringify(await granted('checkIntegration', { id: String(jira.integrationId) })))
    const { run_id } = await granted('runJobNow', { id: String(jira.jobId), body: { full_sync: true } })
    expect(await world.ended(run_id)).toMatchObject({ state: 'failed' })
    expect(answers.join()).toContain('UNAUTHORIZED')

    const ids = await namesOfEverything()
    for (const [name, { method, path }] of Object.entries<Route>(ROUTES)) {
      if (method !== 'GET') continue
      const query = path.includes('mapping') && !path.includes(':id') ? `?integration_id=${jira.integrationId}` : ''
      for (const id of path.includes(':id') ? ids(name) : ['']) {
        const url = path.replace(':id', id).replace(':run_id', String(run_id)) + query
        answers.push((await api.ask({ method, url, as: 'admin' })).text)
      }
    }
    const socket = new WebSocket(
      `${(await api.origin()).replace('http', 'ws')}${jobsChannelPath(api.tenantId, ticket)}`,
    )
    await new Promise((resolve) => socket.addEventListener('message', resolve, { once: true }))
    socket.addEventListener('message', ({ data }) => void answers.push(String(data)))

    const tables = await api.db.query<{ name: string }>(
      OWNER,
      `SELECT quote_ident(table_name) AS name FROM information_schema.tables
        WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
    )
    const stored = await Promise.all(
      tables.map(({ name }) => api.db.query<{ row: string }>(OWNER, `SELECT t::text AS row FROM ${name} t`)),
    )
    const places = {
      answers: answers.join('\n'),
      logs: api.said(),
      messages: (await api.messages()).join('\n'),
      rows: stored.flatMap((found) => found.map(({ row }) => row)).join('\n'),
    }
    socket.close()
    expect(places.rows.length).toBeGreaterThan(100_000)
    expect(places.logs).toContain('UNAUTHORIZED')
    const secrets = { ...wrong, ...TOKENS, ...api.tokens, MARKER, PASSWORD, INTERNAL_KEY, key: api.key, ticket }
    const leaks = Object.entries(secrets).flatMap(([secret, text]) =>
      Object.entries(places).flatMap(([place, said]) =>
        [text, Buffer.from(text).toString('hex'), Buffer.from(text).toString('base64')]
          .filter((shape) => said.includes(shape))
          .map(() => `${secret} in ${place}`),
      ),
    )
    expect(leaks).toEqual([])
  }, 60_000)

  /** Ids that the routes of one thing take, by the route's name. */
  async function namesOfEverything(): Promise<(route: string) => readonly string[]> {
    const { jira, github } = world
    const raw = (await granted('listRawData', { query: 'limit=100' })).raw_data.map(({ id }) => String(id))
    const letters = (await granted('listDeadLetters')).dead_letters.map(({ id }) => String(id))
    expect(letters.length).toBeGreaterThan(0)
    const integrations = [jira, github].map(({ integrationId }) => String(integrationId))
    const jobs = [jira, github].map(({ jobId }) => String(jobId))
    const byRoute: { readonly [route: string]: readonly string[] } = {
      showRawData: raw,
      showDeadLetter: letters,
      showIntegration: integrations,
      statusMappingDependencies: (await granted('listStatusMappings')).map(({ id }) => id),
      workflowDependencies: (await granted('listWorkflows')).map(({ id }) => id),
      hierarchyDependencies: (await granted('listHierarchies')).map(({ id }) => id),
    }
    return (route) => byRoute[route] ?? jobs
  }

  /** Accounts that are being worked on, or were configured since. */
  const UNSETTLED = `
  SELECT FROM etl_jobs j JOIN integrations i ON i.id = j.integration_id
   WHERE j.overall = 'RUNNING' OR j.configuration_version < i.configuration_version`

  /** Changes in quick succession wait for the run of the one before. */
  async function settled(): Promise<void> {
    await vi.waitFor(async () => expect(await rows(UNSETTLED)).toEqual([]), 60_000)
  }
})
