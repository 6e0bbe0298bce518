import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { INTERNAL_KEY } from './testing/api-fixture.ts'
import { apiFixtures } from './testing/api-fixtures.ts'
import { insightsSuite } from './testing/insights-suite.ts'
import { isolationSuite } from './testing/isolation-suite.ts'
import { type MirroredFixture, mirroredFixture } from './testing/mirrored-fixture.ts'
import { secretsSuite } from './testing/secrets-suite.ts'

describe.each(apiFixtures(process.env))('what was mirrored, by the interface of $name', ({ open }) => {
  let world: MirroredFixture
  beforeAll(async () => {
    world = await mirroredFixture(open)
  }, 300_000)
  afterAll(() => world[Symbol.asyncDispose]())

  const granted: MirroredFixture['granted'] = (name, options) => world.granted(name, options)
  const rows: MirroredFixture['rows'] = (sql) => world.rows(sql)

  insightsSuite(() => world)

  describe('vectors', () => {
    const task = async () => {
      await vi.waitFor(async () => expect((await granted('listVectorTasks'))[0]?.state).not.toBe('running'), 180_000)
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
      // Where a worker looks at them by itself, it may have told some apart already.
      const silent = entities.reduce((sum, { missing, wordless }) => sum + missing + wordless, 0)
      expect(silent, 'rows without a text').toBeGreaterThan(0)
      expect(await granted('reconcileVectors', { body: {} })).toMatchObject({ kind: 'reconcile', state: 'running' })
      const ended = await task()
      const compared = (await granted('vectorCoverage')).entities
      expect(compared.filter(({ missing }) => missing > 0)).toEqual([])
      expect(compared.reduce((sum, { wordless }) => sum + wordless, 0)).toBe(silent)
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
      expect((await granted('listHierarchies')).map(({ id }) => id)).toEqual([lower.id])
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

  secretsSuite(() => world)

  isolationSuite(() => world, settled)

  /** Accounts that are being worked on, or were configured since. */
  const UNSETTLED = `
  SELECT FROM etl_jobs j JOIN integrations i ON i.id = j.integration_id
   WHERE j.overall = 'RUNNING' OR j.configuration_version < i.configuration_version`

  /** Changes in quick succession wait for the run of the one before. */
  async function settled(): Promise<void> {
    await vi.waitFor(async () => expect(await rows(UNSETTLED)).toEqual([]), 180_000)
  }
})
