import { randomBytes } from 'node:crypto'
import { createRuntime, defineConnector, defineEntity, type RunSummary, type Runtime } from '@millrace/core'
import { lastValueFrom } from 'rxjs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { tenant } from '../database/access.ts'
import { createIntegration } from '../jobs/integrations.ts'
import { createJob } from '../jobs/jobs.ts'
import { postgresJobStore } from '../jobs/postgres-job-store.ts'
import { secretsFromKey } from '../jobs/secrets.ts'
import { seedTenant } from '../jobs/seed-tenant.ts'
import { postgresLedger } from '../ledger/postgres-ledger.ts'
import { postgresLoader } from '../loader/postgres-loader.ts'
import { openMigrated } from '../testing/notebook.ts'
import { type ScratchDatabase, scratchKinds } from '../testing/scratch-database.ts'
import { applyConfiguration, applyConfigurationChore } from './apply-configuration.ts'
import { deleteConfiguration } from './delete-configuration.ts'
import { listDependants } from './dependants.ts'
import {
  createConfiguration,
  listConfiguration,
  saveConfiguration,
  showConfiguration,
  updateConfiguration,
} from './edit-configuration.ts'

const SHELVES = defineEntity({
  name: 'shelves',
  key: 'id',
  edited: { label: 'title', unique: ['title'] },
  columns: z.object({ id: z.string(), title: z.string().min(1), height: z.number().nullable() }),
})
const RULES = defineEntity({
  name: 'rules',
  key: 'id',
  references: { shelf_id: SHELVES },
  edited: { label: 'word', unique: ['word'] },
  columns: z.object({ id: z.string(), word: z.string(), meaning: z.string(), shelf_id: z.string().nullable() }),
})
const BOOKS = defineEntity({
  name: 'books',
  key: 'id',
  references: { rule_id: RULES, shelf_id: SHELVES },
  columns: z.object({
    id: z.string(),
    word: z.string(),
    meaning: z.string(),
    rule_id: z.string().nullable(),
    /** Books come to their shelf by their rule. */
    shelf_id: z.string().nullable(),
  }),
})
const ROOMS = defineEntity({
  name: 'rooms',
  key: 'id',
  columns: z.object({ id: z.string(), shelves: z.int() }),
})
const ENTITIES = [SHELVES, RULES, BOOKS, ROOMS]
const ME = { actor: 'ada@example.com' }

let requests = 0
const library = defineConnector({
  name: 'library',
  entities: ENTITIES,
  config: z.object({}),
  steps: (step) => [
    step({
      name: 'library_books',
      reads: [RULES],
      body: z.array(z.object({ id: z.string(), word: z.string() })),
      async *extract() {
        requests += 1
        const words = [
          { id: 'b1', word: 'Red' },
          { id: 'b2', word: 'red' },
          { id: 'b3', word: 'blue' },
        ]
        yield { body: JSON.stringify(words), next: null }
      },
      *transform({ body }, lookup) {
        for (const { id, word } of body) {
          const rule = lookup.all(RULES).find((row) => String(row.word).toLowerCase() === word.toLowerCase())
          const meaning = rule ? String(rule.meaning) : 'unknown'
          yield BOOKS.upsert({ id, word, meaning, rule_id: rule ? String(rule.external_id) : null, shelf_id: null })
        }
      },
    }),
    step({
      name: 'library_rooms',
      reads: [SHELVES],
      body: z.object({ id: z.string() }),
      async *extract() {
        yield { body: JSON.stringify({ id: 'r1' }), next: null }
      },
      *transform({ body: { id } }, lookup) {
        yield ROOMS.upsert({ id, shelves: lookup.all(SHELVES).length })
      },
    }),
  ],
})

describe.each(scratchKinds(process.env.DATABASE_URL))('configuration on $name', (kind) => {
  let db: ScratchDatabase
  let tenantId: number
  let integrationId: number
  let jobId: number
  let runtime: Runtime
  let tests = 0
  beforeAll(async () => {
    db = await openMigrated(kind)
  })
  afterAll(() => db.close())
  beforeEach(async () => {
    tenantId = await seedTenant(db, { name: `test ${tests++}` })
    const secrets = secretsFromKey({ id: 'test', key: randomBytes(32) })
    integrationId = await createIntegration(db, { secrets, tenantId, name: 'library', type: 'library' })
    jobId = await createJob(db, { tenantId, name: 'library', connector: 'library', integrationId })
    runtime = createRuntime({
      connectors: [library],
      ledger: postgresLedger(db),
      jobStore: postgresJobStore(db, { secrets }),
      loader: postgresLoader(db),
    })
    await runtime.start()
    return () => runtime.stop()
  })

  const ended = async (runId: number): Promise<RunSummary> => {
    const last = await lastValueFrom(runtime.events({ runId, tenantId }))
    if (last.type !== 'run-finished') throw new Error(`the run ended with ${last.type}`)
    return last.summary
  }
  const sync = async () => ended((await runtime.startRun({ tenantId, jobId })).runId)
  const apply = () => applyConfiguration(db, runtime, { connectors: [library], tenantId, integrationId })
  const applied = async () => {
    const [job] = await apply()
    return job?.run ? ended(job.run.runId) : undefined
  }
  const meanings = async () => {
    const rows = await db.query<{ meaning: string }>(
      tenant(tenantId),
      'SELECT meaning FROM books WHERE active AND tenant_id = $1 ORDER BY external_id',
      [tenantId],
    )
    return rows.map(({ meaning }) => meaning)
  }
  const scope = () => ({ tenantId, integrationId, ...ME })
  const shelf = (title: string) => createConfiguration(db, SHELVES, { ...scope(), row: { title, height: 1.5 } })
  const rule = (word: string, meaning: string, shelf_id: string | null = null) =>
    createConfiguration(db, RULES, { ...scope(), row: { word, meaning, shelf_id } })

  test('a row that people make, change or delete changes what is stored, and nothing is asked of the provider', async () => {
    await sync()
    const asked = requests
    expect(await meanings()).toEqual(['unknown', 'unknown', 'unknown'])
    const red = await rule('RED', 'stop')
    expect(red).toMatchObject({ word: 'RED', meaning: 'stop', integration_id: integrationId, active: true })
    expect(await applied()).toMatchObject({
      state: 'finished',
      totals: { rowsWritten: 2, apiCalls: 0 },
    })
    expect(await meanings()).toEqual(['stop', 'stop', 'unknown'])

    await updateConfiguration(db, RULES, { tenantId, id: red.id, changes: { meaning: 'halt' }, ...ME })
    await applied()
    expect(await meanings()).toEqual(['halt', 'halt', 'unknown'])

    await deleteConfiguration(db, RULES, { tenantId, id: red.id, entities: ENTITIES, release: true, ...ME })
    await applied()
    expect(await meanings()).toEqual(['unknown', 'unknown', 'unknown'])
    expect(requests).toBe(asked)
  })

  test('only what the changed kinds of rows feed is made again', async () => {
    await sync()
    const replayed = async () => {
      const [job] = await apply()
      await ended(job?.run?.runId ?? 0)
      const steps = await db.query<{ step: string }>(
        tenant(tenantId),
        'SELECT DISTINCT step FROM etl_run_steps WHERE run_id = $1 ORDER BY step',
        [job?.run?.runId],
      )
      return steps.map(({ step }) => step)
    }
    const low = await shelf('low')
    expect(await replayed()).toEqual(['library_rooms'])
    const red = await rule('red', 'stop', low.id)
    expect(await replayed()).toEqual(['library_books'])
    await updateConfiguration(db, RULES, { tenantId, id: red.id, changes: { meaning: 'halt' }, ...ME })
    await shelf('high')
    expect(await replayed()).toEqual(['library_books', 'library_rooms'])
    // What pointed to the deleted row changes with it.
    await deleteConfiguration(db, SHELVES, { tenantId, id: low.id, entities: ENTITIES, release: true, ...ME })
    expect(await replayed()).toEqual(['library_books', 'library_rooms'])
    expect(await meanings()).toEqual(['halt', 'halt', 'unknown'])
  })

  test('nothing is replayed when nothing changed, or when there is nothing to change', async () => {
    await rule('red', 'stop')
    expect(await apply()).toEqual([{ jobId, run: null, pending: null }])
    await sync()
    expect(await meanings()).toEqual(['stop', 'stop', 'unknown'])
    expect(await apply()).toEqual([])
  })

  test('what is changed while a run is under way is applied after it', async () => {
    await sync()
    const other = createRuntime({
      connectors: [library],
      ledger: postgresLedger(db),
      jobStore: postgresJobStore(db, { secrets: secretsFromKey({ id: 'test', key: randomBytes(32) }) }),
      loader: postgresLoader(db),
    })
    await runtime.stop()
    const { runId } = await other.startRun({ tenantId, jobId })
    await rule('red', 'stop')
    expect(await apply()).toMatchObject([{ jobId, run: null, pending: expect.stringContaining('running already') }])
    await other.start()
    await lastValueFrom(other.events({ runId, tenantId }))
    const chore = applyConfigurationChore(db, { connectors: [library], runtime: () => other })
    await chore.run(AbortSignal.timeout(60_000))
    await chore.run(AbortSignal.timeout(60_000))
    const runs = await db.query<{ id: number }>(
      tenant(tenantId),
      `SELECT id FROM etl_runs WHERE tenant_id = $1 AND mode = 'replay'`,
      [tenantId],
    )
    expect(runs).toHaveLength(1)
    await lastValueFrom(other.events({ runId: Number(runs[0]?.id), tenantId }))
    await other.stop()
    expect(await meanings()).toEqual(['stop', 'stop', 'unknown'])
  })

  test('a row that others depend on stays, says what they are, and can hand them over', async () => {
    await sync()
    const [low, high] = [await shelf('low'), await shelf('high')]
    const red = await rule('red', 'stop', low.id)
    const about = { tenantId, id: low.id, entities: ENTITIES, ...ME }
    const dependants = [{ entity: 'rules', column: 'shelf_id', total: 1, rows: [{ id: red.id, name: 'red' }] }]
    expect(await listDependants(db, SHELVES, about)).toEqual(dependants)
    await expect(deleteConfiguration(db, SHELVES, about)).rejects.toMatchObject({
      code: 'IN_USE',
      message: expect.stringContaining('1 of rules'),
      context: { dependants },
    })
    await expect(deleteConfiguration(db, SHELVES, { ...about, moveTo: low.id })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
    expect(await deleteConfiguration(db, SHELVES, { ...about, moveTo: high.id })).toEqual({ moved: 1 })
    expect(await showConfiguration(db, RULES, { tenantId, id: red.id })).toMatchObject({ shelf_id: high.id })
    expect((await listConfiguration(db, SHELVES, scope())).map(({ title }) => title)).toEqual(['high'])
  })

  test('what was known by the name of a deleted row is treated as the row that it is moved to says', async () => {
    await sync()
    const [red, blue] = [await rule('red', 'stop'), await rule('blue', 'go')]
    await applied()
    const about = { tenantId, id: red.id, entities: ENTITIES, ...ME }
    await expect(deleteConfiguration(db, RULES, about)).rejects.toMatchObject({ code: 'IN_USE' })
    expect(await deleteConfiguration(db, RULES, { ...about, moveTo: blue.id })).toEqual({ moved: 2 })
    await applied()
    expect(await meanings()).toEqual(['go', 'go', 'go'])
    expect(await listConfiguration(db, RULES, scope())).toMatchObject([
      { word: 'blue', meaning: 'go' },
      { word: 'red', meaning: 'go' },
    ])
  })

  test('the only row of an account is written again and again', async () => {
    const first = await saveConfiguration(db, SHELVES, { ...scope(), row: { title: 'one', height: 2.5 } })
    const second = await saveConfiguration(db, SHELVES, { ...scope(), row: { title: 'two' } })
    expect(second).toMatchObject({ id: first.id, title: 'two', height: null })
    expect(await listConfiguration(db, SHELVES, scope())).toEqual([second])
  })

  test('what does not fit is refused with the reason, and nothing is stored', async () => {
    await rule('red', 'stop')
    const attempts: readonly (readonly [object, string])[] = [
      [{ word: 'green', meaning: 5, shelf_id: null }, 'INVALID_INPUT'],
      [{ word: 'green', meaning: 'go', shelf_id: null, colour: 'x' }, 'INVALID_INPUT'],
      [{ word: 'green', meaning: 'go', shelf_id: 'nonsense' }, 'INVALID_INPUT'],
      [{ word: 'green', meaning: 'go', shelf_id: '00000000-0000-4000-8000-000000000000' }, 'INVALID_INPUT'],
      [{ word: 'RED', meaning: 'go', shelf_id: null }, 'ALREADY_EXISTS'],
    ]
    for (const [row, code] of attempts) {
      await expect(createConfiguration(db, RULES, { ...scope(), row: row as never })).rejects.toMatchObject({ code })
    }
    const nowhere = { ...scope(), integrationId: 987_654, row: { title: 'x', height: null } }
    await expect(createConfiguration(db, SHELVES, nowhere)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(listConfiguration(db, BOOKS, scope())).rejects.toMatchObject({ code: 'INVALID_DEFINITION' })
    expect(await listConfiguration(db, RULES, scope())).toHaveLength(1)
  })

  test('another tenant sees nothing of it and can change nothing', async () => {
    const red = await rule('red', 'stop')
    const stranger = await seedTenant(db, { name: `stranger ${tests}` })
    const theirs = { tenantId: stranger, id: red.id, ...ME }
    expect(await listConfiguration(db, RULES, { tenantId: stranger })).toEqual([])
    for (const attempt of [
      () => showConfiguration(db, RULES, theirs),
      () => updateConfiguration(db, RULES, { ...theirs, changes: { meaning: 'mine' } }),
      () => deleteConfiguration(db, RULES, { ...theirs, entities: ENTITIES, release: true }),
      () =>
        createConfiguration(db, RULES, {
          ...scope(),
          tenantId: stranger,
          row: { word: 'x', meaning: 'y', shelf_id: null },
        }),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'NOT_FOUND' })
    }
    expect(await showConfiguration(db, RULES, { tenantId, id: red.id })).toMatchObject({ meaning: 'stop' })
  })

  test('every change is on record with who made it', async () => {
    const red = await rule('red', 'stop')
    await updateConfiguration(db, RULES, {
      tenantId,
      id: red.id,
      changes: { meaning: 'halt' },
      ...ME,
      reason: 'clearer',
    })
    await deleteConfiguration(db, RULES, { tenantId, id: red.id, entities: ENTITIES, ...ME })
    const log = await db.query(
      tenant(tenantId),
      `SELECT actor, action, details FROM audit_log WHERE tenant_id = $1 AND object_id = $2 ORDER BY id`,
      [tenantId, red.id],
    )
    expect(log).toMatchObject([
      { actor: 'ada@example.com', action: 'rules.create', details: { row: { word: 'red' } } },
      { action: 'rules.update', details: { changes: { meaning: 'halt' }, reason: 'clearer' } },
      { action: 'rules.delete', details: { moved: 0 } },
    ])
  })
})
