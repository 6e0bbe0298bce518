import { randomBytes } from 'node:crypto'
import {
  customFields,
  customFieldsMapping,
  jira,
  statusesMappings,
  witsHierarchies,
  witsMappings,
  workflows,
} from '@millrace/connector-jira'
import { createRuntime, type RunSummary, type Runtime } from '@millrace/core'
import {
  applyConfiguration,
  createConfiguration,
  createIntegration,
  createJob,
  type Database,
  deleteConfiguration,
  listDependants,
  migrate,
  postgresJobStore,
  postgresLedger,
  postgresLoader,
  saveConfiguration,
  secretsFromKey,
  seedTenant,
  tenant,
  updateConfiguration,
} from '@millrace/sink-postgres'
import { type JiraSimulator, startJiraSimulator } from '@millrace-examples/simulators'
import { lastValueFrom } from 'rxjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStore } from './open-store.ts'
import { type ScratchStore, scratchStore } from './testing/scratch-store.ts'

const ME = { actor: 'ada@example.com' }

let site: JiraSimulator
let store: ScratchStore
let db: Database
let runtime: Runtime
let tenantId: number
let integrationId: number
let jobId: number

beforeAll(async () => {
  site = await startJiraSimulator({ issues: 300, projects: 3, validateTraffic: true })
  store = await scratchStore(process.env.DATABASE_URL)
  db = await openStore(store.choice)
  await migrate(db)
  tenantId = await seedTenant(db, { name: 'configuration' })
  const secrets = secretsFromKey({ id: 'test', key: randomBytes(32) })
  integrationId = await createIntegration(db, {
    secrets,
    tenantId,
    name: 'jira',
    type: 'jira',
    baseUrl: site.url,
    username: 'demo@example.com',
    credentials: { apiToken: 'demo-token' },
    settings: { includeDevStatus: false },
  })
  jobId = await createJob(db, { tenantId, name: 'Jira 2', connector: 'jira', integrationId })
  runtime = createRuntime({
    connectors: [jira],
    ledger: postgresLedger(db),
    jobStore: postgresJobStore(db, { secrets }),
    loader: postgresLoader(db),
  })
  await runtime.start()
  await run()
}, 300_000)
afterAll(async () => {
  await runtime.stop()
  await db.close()
  await site.close()
  await store[Symbol.asyncDispose]()
})

test('the fields of the site are found by every run, and those of each project when people ask for them', async () => {
  const known = await rows<{ external_id: string; name: string; field_type: string }>(
    'SELECT external_id, name, field_type FROM custom_fields WHERE active',
  )
  const fields = new Map(known.map((field) => [field.external_id, field]))
  expect(fields.get('customfield_10016')).toMatchObject({ name: 'Story point estimate', field_type: 'number' })
  expect(fields.get('customfield_10001')).toMatchObject({ field_type: 'team' })
  expect(await rows('SELECT FROM projects_custom_fields')).toEqual([])

  const summary = await run({ mode: 'custom_fields' })
  expect(summary.state).toBe('finished')
  const live = [...site.truth().projects()].filter(({ state }) => state === 'live')
  const found = await rows<{ project_key: string; discovered_fields: { id: string; wit_ids: string[] }[] }>(
    'SELECT project_key, discovered_fields FROM projects_custom_fields WHERE active ORDER BY project_key',
  )
  expect(found.map(({ project_key }) => project_key)).toEqual(live.map(({ key }) => key).sort())
  for (const { project_key, discovered_fields } of found) {
    const types = live.find(({ key }) => key === project_key)?.typeIds
    const points = discovered_fields.find(({ id }) => id === 'customfield_10016')
    expect(points?.wit_ids.toSorted()).toEqual(types?.toSorted())
  }
  const [points] = await rows(`SELECT operations FROM custom_fields WHERE external_id = 'customfield_10016'`)
  expect(points).toEqual({ operations: ['set'] })
  await run()
  expect(await rows(`SELECT operations FROM custom_fields WHERE external_id = 'customfield_10016'`)).toEqual([points])
  expect(site.violations()).toEqual([])
})

test('a mapping moves values of custom fields from the overflow into columns, without a request', async () => {
  const before = await rows<{ held: number; mapped: number }>(
    `SELECT count(*) FILTER (WHERE custom_fields_overflow ? 'customfield_10016')::int AS held,
       count(story_points)::int AS mapped FROM work_items WHERE active`,
  )
  const estimated = [...site.truth().issues()].filter(({ storyPoints }) => storyPoints !== null)
  expect(before).toEqual([{ held: estimated.length, mapped: 0 }])
  const chosen = await rows<{ external_id: string; options: { value: string }[] }>(
    `SELECT external_id, custom_fields_overflow -> 'customfield_10028' AS options FROM work_items
      WHERE active AND custom_fields_overflow ? 'customfield_10028'`,
  )
  const environments = Object.fromEntries(
    chosen.map(({ external_id, options }) => [external_id, options.map(({ value }) => value)]),
  )
  // Names that are no ASCII are among them: what a pattern of PostgreSQL takes for a letter depends on its locale.
  expect(Object.values(environments).flat()).toContain('白金')

  const asked = site.requests().total
  const field = async (id: string): Promise<string> => {
    const [found] = await rows<{ id: string }>(`SELECT id FROM ${customFields.name} WHERE external_id = '${id}'`)
    return found?.id ?? ''
  }
  await saveConfiguration(db, customFieldsMapping, {
    ...scope(),
    row: {
      story_points_field_id: await field('customfield_10016'),
      team_field_id: await field('customfield_10001'),
      code_changed_field_id: await field('customfield_10034'),
      custom_field_01_id: await field('customfield_10028'),
      custom_field_02_id: await field('customfield_10030'),
      custom_field_03_id: await field('customfield_10033'),
      custom_field_04_id: await field('customfield_10038'),
      custom_field_20_id: await field('customfield_10031'),
    },
  })
  await apply()
  expect(site.requests().total).toBe(asked)
  const stored = await rows<{ external_id: string; story_points: string }>(
    'SELECT external_id, story_points FROM work_items WHERE active AND story_points IS NOT NULL',
  )
  const points = Object.fromEntries(estimated.map(({ id, storyPoints }) => [id, storyPoints]))
  expect(Object.fromEntries(stored.map((row) => [row.external_id, Number(row.story_points)]))).toEqual(points)
  const [values] = await rows(
    `SELECT count(team) > 0 AS team, count(*) FILTER (WHERE custom_fields_overflow ? 'customfield_10001') AS left_over,
       bool_and(custom_field_02 ~ '^\\["[^"]+","[^"]+"\\]$') AS cascade,
       bool_and(custom_field_03 ~ '^note \\d+$') AS document, bool_and(custom_field_04 ~ '^\\d{4}-.*Z$') AS moment,
       bool_and(custom_field_20 NOT LIKE '{%') AS person FROM work_items WHERE active`,
  )
  expect(values).toEqual({
    team: true,
    left_over: 0,
    cascade: true,
    document: true,
    moment: true,
    person: true,
  })
  const listed = await rows<{ external_id: string; list: string }>(
    'SELECT external_id, custom_field_01 AS list FROM work_items WHERE active AND custom_field_01 IS NOT NULL',
  )
  expect(Object.fromEntries(listed.map(({ external_id, list }) => [external_id, JSON.parse(list)]))).toEqual(
    environments,
  )

  await saveConfiguration(db, customFieldsMapping, { ...scope(), row: {} })
  await apply()
  expect(
    await rows(
      `SELECT count(*) FILTER (WHERE custom_fields_overflow ? 'customfield_10016')::int AS held,
         count(story_points)::int AS mapped FROM work_items WHERE active`,
    ),
  ).toEqual(before)
})

test('a field that gets another name and another kind keeps its mapping, and what is read from then on follows it', async () => {
  const describe = async () =>
    rows<{ id: string; name: string; field_type: string }>(
      `SELECT id, name, field_type FROM custom_fields WHERE external_id = 'customfield_10024' AND active`,
    )
  const [field] = await describe()
  expect(field).toMatchObject({ name: 'Business value', field_type: 'number' })
  await saveConfiguration(db, customFieldsMapping, { ...scope(), row: { custom_field_05_id: field?.id ?? null } })
  await apply()
  const valued = async () =>
    Object.fromEntries(
      (
        await rows<{ external_id: string; value: string }>(
          'SELECT external_id, custom_field_05 AS value FROM work_items WHERE active AND custom_field_05 IS NOT NULL',
        )
      ).map(({ external_id, value }) => [external_id, value]),
    )
  const before = await valued()
  for (const value of Object.values(before)) expect(Number.isNaN(Number(value))).toBe(false)

  site.redefineField('customfield_10024', { name: 'Worth', kind: 'text' })
  const read = Object.keys(before).slice(0, 5)
  site.evolve({ edits: read })
  expect(await run()).toMatchObject({ state: 'finished', failures: [] })
  expect(await describe()).toEqual([{ id: field?.id, name: 'Worth', field_type: 'string' }])
  const after = await valued()
  expect(Object.keys(after)).toEqual(Object.keys(before))
  for (const [id, value] of Object.entries(after)) {
    if (read.includes(id)) expect(value).toMatch(/^note \d+$/)
    else expect(value).toBe(before[id])
  }
  await saveConfiguration(db, customFieldsMapping, { ...scope(), row: {} })
  await apply()
})

test('what the overflow holds is found by its index', async () => {
  const plan = await db.transaction(tenant(tenantId), (tx) =>
    tx.query<{ indexdef: string }>(
      `SELECT indexdef FROM pg_indexes WHERE tablename = 'work_items' AND indexdef LIKE '%custom_fields_overflow%'`,
    ),
  )
  expect(plan).toMatchObject([
    { indexdef: expect.stringContaining('USING gin (custom_fields_overflow jsonb_path_ops)') },
  ])
})

test('mappings of statuses and steps of workflows decide what metrics count, and editing them counts again', async () => {
  const [busiest] = await rows<{ name: string; id: string }>(
    `SELECT s.name, s.id FROM statuses s JOIN changelogs c ON c.from_status_id = s.id
      WHERE s.mapped_category = 'In Progress' GROUP BY s.name, s.id ORDER BY count(*) DESC, s.name LIMIT 1`,
  )
  const name = busiest?.name ?? ''
  const worked = await total('total_work_time_seconds')
  expect(await total('review_time_seconds')).toBe(0)
  expect(await differences()).toEqual([])

  const review = await createConfiguration(db, statusesMappings, {
    ...scope(),
    row: {
      status_from: name.toUpperCase(),
      status_to: 'In review',
      status_category: 'In Progress',
      role: 'review',
      workflow_id: null,
    },
  })
  await apply()
  expect(await total('total_work_time_seconds')).toBe(worked)
  expect(await total('review_time_seconds')).toBeGreaterThan(0)
  expect(await differences()).toEqual([])
  const [named] = await rows(`SELECT DISTINCT mapped_name FROM statuses WHERE active AND name = '${name}'`)
  expect(named).toEqual({ mapped_name: 'In review' })

  const step = await createConfiguration(db, workflows, {
    ...scope(),
    row: { step_name: 'Waiting', step_number: 1, step_category: 'To Do', is_commitment_point: true },
  })
  await updateConfiguration(db, statusesMappings, {
    tenantId,
    id: review.id,
    changes: { workflow_id: step.id },
    ...ME,
  })
  await apply()
  expect(await total('total_work_time_seconds')).toBeLessThan(worked)
  expect(await differences()).toEqual([])
  const commitments = await rows(
    `SELECT FROM work_items w WHERE active AND work_first_committed_at IS DISTINCT FROM (
       SELECT min(c.transition_change_date) FROM changelogs c JOIN statuses t ON t.id = c.to_status_id
         LEFT JOIN statuses f ON f.id = c.from_status_id
        WHERE c.work_item_id = w.id AND c.active AND t.workflow_id = '${step.id}' AND f.workflow_id IS DISTINCT FROM t.workflow_id)`,
  )
  expect(commitments).toEqual([])

  const about = { tenantId, id: step.id, entities: jira.entities, ...ME }
  const depending = await listDependants(db, workflows, about)
  expect(depending.map(({ entity }) => entity).sort()).toEqual(['statuses', 'statuses_mappings'])
  await expect(deleteConfiguration(db, workflows, about)).rejects.toMatchObject({ code: 'IN_USE' })
  const next = await createConfiguration(db, workflows, {
    ...scope(),
    row: { step_name: 'Work', step_number: 2, step_category: 'In Progress', is_commitment_point: false },
  })
  await deleteConfiguration(db, workflows, { ...about, moveTo: next.id })
  await apply()
  expect(await total('total_work_time_seconds')).toBe(worked)
  await deleteConfiguration(db, statusesMappings, { ...about, id: review.id, release: true })
  await apply()
  expect(await total('review_time_seconds')).toBe(0)
  expect(await rows('SELECT FROM statuses WHERE active AND status_mapping_id IS NOT NULL')).toEqual([])
})

test('mappings of work item types say their names and levels', async () => {
  const level = await createConfiguration(db, witsHierarchies, {
    ...scope(),
    row: { level_name: 'Initiative', level_number: 3, description: null },
  })
  await createConfiguration(db, witsMappings, {
    ...scope(),
    row: { wit_from: 'epic', wit_to: 'Initiative', wits_hierarchy_id: level.id },
  })
  await apply()
  const types = await rows(
    `SELECT DISTINCT name = 'Epic' AS epic, mapped_name = 'Initiative' AS renamed, mapped_level = 3 AS leveled
       FROM wits WHERE active ORDER BY 1`,
  )
  expect(types).toEqual([
    { epic: false, renamed: false, leveled: false },
    { epic: true, renamed: true, leveled: true },
  ])
})

function scope(): { readonly tenantId: number; readonly integrationId: number; readonly actor: string } {
  return { tenantId, integrationId, ...ME }
}

async function rows<Row extends object>(sql: string): Promise<Row[]> {
  return db.query<Row>(tenant(tenantId), sql)
}

async function total(column: string): Promise<number> {
  const [sum] = await rows<{ total: number }>(
    `SELECT round(sum(${column})::numeric)::float8 AS total FROM work_items WHERE active`,
  )
  return sum?.total ?? Number.NaN
}

/** Work items whose times are not those of their transitions, by the categories that statuses have now. */
async function differences(): Promise<readonly object[]> {
  return rows(`
    SELECT w.key FROM work_items w LEFT JOIN LATERAL (
      SELECT coalesce(sum(c.time_in_status_seconds) FILTER (WHERE s.mapped_category = 'In Progress'), 0) AS work,
             coalesce(sum(c.time_in_status_seconds) FILTER (WHERE s.mapped_category = 'To Do'), 0) AS waiting,
             coalesce(sum(c.time_in_status_seconds) FILTER (WHERE m.role = 'review'), 0) AS review
        FROM changelogs c LEFT JOIN statuses s ON s.id = c.from_status_id
        LEFT JOIN statuses_mappings m ON m.id = s.status_mapping_id
       WHERE c.work_item_id = w.id AND c.active) AS t ON true
     WHERE w.active AND (abs(w.total_work_time_seconds - t.work) > 0.01
       OR abs(w.total_review_time_seconds - t.waiting) > 0.01 OR abs(w.review_time_seconds - t.review) > 0.01)`)
}

async function run(options: { readonly mode?: 'custom_fields' } = {}): Promise<RunSummary> {
  return ended((await runtime.startRun({ tenantId, jobId, ...options })).runId)
}

async function apply(): Promise<void> {
  const jobs = await applyConfiguration(db, runtime, { connectors: [jira], tenantId, integrationId })
  const job = jobs.find((found) => found.jobId === jobId)
  if (!job?.run) throw new Error(`nothing was applied: ${job?.pending}`)
  expect(await ended(job.run.runId)).toMatchObject({ state: 'finished', totals: { apiCalls: 0 } })
}

async function ended(runId: number): Promise<RunSummary> {
  const last = await lastValueFrom(runtime.events({ runId, tenantId }))
  if (last.type !== 'run-finished') throw new Error(`the run ended with ${last.type}`)
  return last.summary
}
