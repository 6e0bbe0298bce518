import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { workerBeat } from '@millrace/core/testing'
import {
  createIntegration,
  createJob,
  type Database,
  migrate,
  OWNER,
  postgresLedger,
  secretsFromKey,
  seedTenant,
  tenant,
} from '@millrace/sink-postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EXIT } from '../exit-codes.ts'
import { openStore } from '../open-store.ts'
import { runCommandProcess } from '../testing/command-process.ts'
import { type RealSite, realSite, TOKEN } from '../testing/real-site.ts'
import { scratchFolder } from '../testing/scratch-folder.ts'
import { type ScratchStore, scratchStore } from '../testing/scratch-store.ts'
import { ALL_COMMANDS } from './all-commands.ts'

const BIN = fileURLToPath(new URL('../../bin/millrace.mjs', import.meta.url))
const ISSUES = 30
const STEP = 'jira_issues_with_changelogs'

const SERVERS = process.env.DATABASE_URL ? [undefined, process.env.DATABASE_URL] : [undefined]

/** A dead item of a record that is stored, as a broken transformer would have left it. $1 raw record */
const BREAK_AN_ITEM = `
  INSERT INTO etl_job_queue (tenant_id, integration_id, job_id, run_id, step, job_type, payload, status, attempts,
    completed_at, error_code, error_transient, error_details)
  SELECT tenant_id, integration_id, job_id, run_id, entity_type, 'transform', jsonb_build_object('raw_id', id, 'items',
    '[0]'::jsonb), 'dead', 1, now(), 'TRANSFORM_FAILED', false, '{"message": "Failed to transform.", "context": {}}'
    FROM raw_extraction_data WHERE id = $1`

test('help names every command, and the service, which starts by the same name', async () => {
  const { code, output } = await runCommandProcess(['--help'])
  expect(code).toBe(EXIT.finished)
  const groups = new Set(ALL_COMMANDS.map(({ name }) => name.split(' ')[0] ?? ''))
  for (const name of [...groups, 'serve']) expect(output.toString()).toMatch(new RegExp(`^  ${name}\\b`, 'm'))
  const serve = spawnSync(process.execPath, [BIN, 'serve', '--help'], { encoding: 'utf8' })
  expect(serve).toMatchObject({ status: EXIT.finished, stdout: expect.stringContaining('--shutdown-deadline') })
})

describe.each(SERVERS)('the command line on %s', { timeout: 600_000 }, (serverUrl) => {
  let stack: AsyncDisposableStack
  let site: RealSite
  let store: ScratchStore
  let keyFile: string
  let ids: { readonly tenantId: number; readonly integrationId: number; readonly jobId: number }

  const withDatabase = async <T>(work: (db: Database) => Promise<T>): Promise<T> => {
    const db = await openStore(store.choice)
    try {
      return await work(db)
    } finally {
      await db.close()
    }
  }
  const run = (...argv: readonly string[]) => runCommandProcess([...argv, ...store.argv, '--key-file', keyFile])
  const json = async (...argv: readonly string[]) => {
    const { code, output, errors } = await run(...argv, '--json')
    expect(errors).toBe('')
    return { code, data: JSON.parse(output.toString()) }
  }

  beforeAll(async () => {
    await using opened = new AsyncDisposableStack()
    site = opened.use(await realSite({ issues: ISSUES }))
    store = opened.use(await scratchStore(serverUrl))
    keyFile = join(opened.use(await scratchFolder()).path, 'keys')
    const key = randomBytes(32)
    await writeFile(keyFile, key.toString('base64'))
    ids = await withDatabase(async (db) => {
      await migrate(db)
      const tenantId = await seedTenant(db, { name: 'Apple' })
      const account = { name: 'Tracker', type: 'jira', baseUrl: site.simulator.url, username: 'ann@acme.test' }
      const secrets = secretsFromKey({ id: 'host', key })
      const integrationId = await createIntegration(db, {
        secrets,
        tenantId,
        ...account,
        credentials: { apiToken: TOKEN },
      })
      const jobId = await createJob(db, { tenantId, name: 'Tracker', connector: 'jira', integrationId })
      return { tenantId, integrationId, jobId }
    })
    stack = opened.move()
  }, 600_000)
  afterAll(() => stack?.disposeAsync())

  test('mirrors, shows and switches jobs and runs', async () => {
    site.simulator.faults.add({ kind: 'status', status: 403, path: '*/board', times: 1 })
    const first = await json('jobs', 'run', String(ids.jobId), '--work')
    expect(first).toMatchObject({ code: EXIT.finished, data: { runs: [{ state: 'finished' }] } })
    const runId = String(first.data.runs[0].runId)

    const table = (await run('jobs', 'list')).output.toString()
    expect(table).toMatch(/^id +name +connector/)
    expect(table).toMatch(/Tracker +jira .*FINISHED/)
    expect((await json('jobs', 'show', String(ids.jobId))).data).toMatchObject({ id: ids.jobId, overall: 'FINISHED' })
    expect((await json('runs', 'list', '--job', String(ids.jobId))).data).toMatchObject([{ runId: Number(runId) }])
    const warnings = [{ step: 'jira_boards', about: 'Boards' }]
    expect((await json('runs', 'show', runId)).data).toMatchObject({ state: 'finished', failures: [], warnings })
    expect((await run('runs', 'show', runId)).output.toString()).toMatch(/^Warning of jira_boards, Boards: .+/m)
    expect((await json('runs', 'cancel', runId)).data).toMatchObject({ state: 'finished' })

    expect((await json('jobs', 'settings', String(ids.jobId), '--interval', '90')).data.changes).toEqual({
      scheduleIntervalMinutes: 90,
    })
    expect((await json('jobs', 'deactivate', String(ids.jobId))).code).toBe(EXIT.finished)
    const refused = await run('jobs', 'run', String(ids.jobId))
    expect(refused).toMatchObject({
      code: EXIT.badOptions,
      errors: expect.stringMatching(/^RUN_REFUSED: .*inactive.*\n$/),
    })
    await json('jobs', 'activate', String(ids.jobId))
    await json('jobs', 'reset', String(ids.jobId))
    const job = (await json('jobs', 'show', String(ids.jobId))).data
    expect(job).toMatchObject({ active: true, overall: 'READY', scheduleIntervalMinutes: 90 })

    const again = await run('jobs', 'run', String(ids.jobId), '--work')
    expect(again.errors, 'how far it has come').toMatch(/issues.*started/i)
    expect(again.output.toString()).toMatch(/^run +job +state/)
  })

  test('shows raw records, byte for byte, and replays them without asking the provider', async () => {
    const [raw] = await withDatabase((db) =>
      db.query<{ id: number; payload_size: number }>(
        tenant(ids.tenantId),
        'SELECT id, payload_size FROM raw_extraction_data WHERE entity_type = $1 ORDER BY id LIMIT 1',
        [STEP],
      ),
    )
    const id = String(raw?.id)
    const { output } = await run('raw', 'show', id, '--bytes')
    expect(output.byteLength).toBe(raw?.payload_size)
    const shown = (await json('raw', 'show', id)).data
    expect(shown).toMatchObject({ step: STEP, status: 'processed', bytes: raw?.payload_size })
    expect(createHash('sha256').update(output).digest('hex')).toBe(shown.sha256)
    expect(Array.isArray(shown.bodies[0].issues)).toBe(true)

    const before = site.simulator.requests().responses.length
    const dry = await json('replay', '--job', String(ids.jobId), '--dry-run')
    expect(dry.data).toMatchObject([{ jobId: ids.jobId, gaps: [] }])
    expect(dry.data[0].records).toBeGreaterThan(0)
    const done = await json('replay', '--job', String(ids.jobId), '--work')
    expect(done).toMatchObject({ code: EXIT.finished, data: { runs: [{ state: 'finished' }] } })
    expect(done.data.runs[0].totals).toMatchObject({ rowsWritten: 0, apiCalls: 0 })
    expect(site.simulator.requests().responses.length).toBe(before)
  })

  test('shows, requeues and discards dead letters', async () => {
    const bury = () =>
      withDatabase(async (db) => {
        const access = tenant(ids.tenantId)
        const [raw] = await db.query<{ id: number }>(
          access,
          'SELECT id FROM raw_extraction_data WHERE entity_type = $1 ORDER BY id LIMIT 1',
          [STEP],
        )
        await db.query(access, BREAK_AN_ITEM, [raw?.id])
      })
    await bury()
    const { deadLetters } = (await json('dead-letters', 'list', '--code', 'TRANSFORM_FAILED', '--permanent')).data
    expect(deadLetters).toMatchObject([{ step: STEP, items: [0] }])
    const id = String(deadLetters[0].id)
    const { record } = (await json('dead-letters', 'show', id, '--record')).data
    expect(record[0].issues).toHaveLength(1)
    const vague = await run('dead-letters', 'requeue')
    expect(vague).toMatchObject({ code: EXIT.badOptions, errors: expect.stringContaining('--all') })
    const requeued = await json('dead-letters', 'requeue', id, '--reason', 'mended')
    expect(requeued.data).toEqual({ adopted: 0, waiting: 1 })
    expect(await json('jobs', 'run', String(ids.jobId), '--work')).toMatchObject({ code: EXIT.finished })
    expect((await json('dead-letters', 'list')).data.deadLetters).toEqual([])

    await bury()
    const unsure = await run('dead-letters', 'discard', '--all')
    expect(unsure).toMatchObject({ code: EXIT.badOptions, errors: expect.stringMatching(/^INVALID_CONFIG: .*--yes/) })
    expect((await json('dead-letters', 'discard', '--all', '--yes', '--actor', 'ada')).data).toEqual({ discarded: 1 })
    const audit = await withDatabase((db) =>
      db.query(tenant(ids.tenantId), 'SELECT actor, action FROM audit_log ORDER BY id DESC LIMIT 1'),
    )
    expect(audit).toEqual([{ actor: 'ada', action: 'dead-letters.discard' }])
  })

  test('seals credentials with a new key, which runs then read with', async () => {
    const rotated = (await json('keys', 'rotate')).data
    expect(rotated).toMatchObject({ rotated: 1 })
    const again = (await json('keys', 'rotate')).data
    expect(again, 'a rotation is finished before another one begins').toEqual({ key: rotated.key, rotated: 0 })
    await json('keys', 'rotate', '--forget-old')
    expect(await json('jobs', 'run', String(ids.jobId), '--work')).toMatchObject({ code: EXIT.finished })
  })

  test('tells workers what to do', async () => {
    await withDatabase(async (db) => {
      await postgresLedger(db).heartbeat(workerBeat('w1', { roles: ['extract'] }))
      // It is heard of for as long as these commands may take.
      await db.query(OWNER, `UPDATE workers SET last_seen_at = now() + interval '1 hour'`)
    })
    expect((await json('workers', 'list')).data).toMatchObject([
      { id: 'w1', desired: 'work', state: 'working', rows: 0 },
    ])
    expect((await json('workers', 'drain', 'w1')).data).toEqual({ told: ['w1'] })
    expect((await json('workers', 'list')).data).toMatchObject([{ desired: 'drain', state: 'drained' }])
    expect((await json('workers', 'restart', '--all')).data).toEqual({ told: ['w1'] })
    expect(await run('workers', 'drain', 'w2')).toMatchObject({
      code: EXIT.badOptions,
      errors: expect.stringMatching(/^NOT_FOUND: /),
    })
  })

  test('finds what was mirrored, compares it with its vectors, and reckons what another model would take', async () => {
    if (serverUrl) {
      const refused = await run('search', 'anything')
      if (refused.code !== EXIT.finished) {
        expect(refused).toMatchObject({ code: EXIT.badOptions, errors: expect.stringContaining('pgvector') })
        return
      }
    }
    const [issue] = await withDatabase((db) =>
      db.query<{ key: string; summary: string; status: string }>(
        tenant(ids.tenantId),
        `SELECT key, summary, s.name AS status FROM work_items i JOIN statuses s ON s.id = i.status_id LIMIT 1`,
      ),
    )
    const { key = '', summary = '', status = '' } = issue ?? {}
    const inPlace = ['--source', 'jira', '--project', key.split('-')[0] ?? '', '--status', status.toLowerCase()]
    const found = (await json('search', key, ...inPlace, '--limit', '3')).data
    expect(found).toMatchObject({ profile: 'hash:fnv1a/256/v1', semantic: false, mode: 'hybrid' })
    const keys = found.hits.map(({ payload }: { payload: { key: string } }) => payload.key)
    expect(keys).toContain(key)
    expect(found.hits[0]).toMatchObject({ entity: 'work_items', payload: { source_type: 'JIRA', status_name: status } })
    const table = (await run('search', summary)).output.toString()
    expect(table).toMatch(/hashing words/)
    expect(table).toContain(key)
    expect((await json('search', key, '--source', 'GITHUB')).data.hits).toEqual([])

    const { coverage } = (await json('vectors', 'coverage')).data
    expect(coverage).toContainEqual(
      expect.objectContaining({ entity: 'work_items', rows: ISSUES, embedded: ISSUES, missing: 0, orphans: 0 }),
    )

    await withDatabase((db) => db.query(tenant(ids.tenantId), 'DELETE FROM vector_points'))
    const lost = (await json('vectors', 'reconcile')).data
    expect(lost).toMatchObject({ missing: lost.documents, embedded: 0, points: 0 })
    expect((await json('vectors', 'reconcile', '--repair')).data).toMatchObject({ embedded: lost.documents })
    expect((await json('vectors', 'reconcile')).data).toMatchObject({ missing: 0, stale: 0, orphans: 0 })

    const newer = ['vectors', 'change', '--provider', 'hash', '--dimensions', '64']
    const estimate = (await json(...newer, '--dry-run', '--price', '0.02')).data
    expect(estimate).toMatchObject({ documents: lost.documents, cost: (estimate.tokens / 1_000_000) * 0.02 })
    const changed = await run(...newer)
    expect(changed.errors).toMatch(/Building: 0 of [1-9]\d* rows[\s\S]*Serving, [1-9]\d* documents embedded\.\n$/)
    expect(changed.output.toString()).toContain(`hash:fnv1a/64/v1 serves: ${estimate.rows} rows, ${lost.documents} doc`)
    expect((await json('search', key)).data).toMatchObject({ profile: 'hash:fnv1a/64/v1' })
    expect((await json('vectors', 'roll-back')).data).toEqual({ profile: 'hash:fnv1a/256/v1' })
    expect((await json('vectors', 'forget', '--yes')).data).toEqual({ forgotten: ['hash:fnv1a/64/v1'] })
    expect(await run('vectors', 'change', '--provider', 'magic')).toMatchObject({ code: EXIT.badOptions })
  })

  test('prunes and deletes, and says what is wrong in one sentence with a code', async () => {
    expect((await json('prune', '--yes')).data.ledgerRows).toBeGreaterThan(0)
    expect((await json('integrations', 'list')).data).toMatchObject([{ id: ids.integrationId, hasCredentials: true }])
    for (const [argv, code] of [
      [['jobs', 'show', '987654'], 'NOT_FOUND'],
      [['runs', 'show', 'x'], 'INVALID_CONFIG'],
      [['jobs', 'list', '--tenant', 'Nobody'], 'NOT_FOUND'],
      [['dance'], 'INVALID_CONFIG'],
      [['raw', 'show', '987654'], 'NOT_FOUND'],
    ] as const) {
      const { code: exitCode, errors, output } = await run(...argv)
      expect({ exitCode, output: output.toString() }, argv.join(' ')).toEqual({ exitCode: EXIT.badOptions, output: '' })
      expect(errors, argv.join(' ')).toMatch(new RegExp(`^${code}: Failed to [^\n]+\n$`))
    }
    const other = await withDatabase((db) => seedTenant(db, { name: 'Pear' }))
    const vague = await run('jobs', 'list')
    expect(vague).toMatchObject({ code: EXIT.badOptions, errors: expect.stringContaining('MILLRACE_TENANT') })
    const inApple = { MILLRACE_TENANT: 'Apple' }
    const named = await runCommandProcess(['jobs', 'list', ...store.argv, '--key-file', keyFile], inApple)
    expect(named.output.toString()).toMatch(/Tracker +jira/)
    // Of a server, the file of keys is the one that the service reads.
    const missing = await runCommandProcess(['keys', 'rotate', ...store.argv], {
      MILLRACE_SECRET_KEYS_FILE: '/no/keys',
    })
    expect(missing.errors.includes('/no/keys')).toBe(store.choice.kind === 'server')
    await json('tenants', 'delete', String(other), '--yes')
    const deleted = await json('integrations', 'delete', String(ids.integrationId), '--yes', '--reason', 'moved')
    expect(deleted.data.work_items).toBe(ISSUES)
    expect((await json('integrations', 'list')).data).toEqual([])
    await json('tenants', 'delete', String(ids.tenantId), '--yes')
    expect((await json('tenants', 'list')).data).toEqual([])
  })

  test('migrates, goes back and resets', async () => {
    const status = (await json('migrate', 'status')).data
    expect(status.every(({ appliedAt }: { appliedAt: string | null }) => appliedAt !== null)).toBe(true)
    expect((await json('migrate', 'rollback', '--yes')).data).toEqual({ undone: [status.at(-1).version] })
    expect(await run('jobs', 'list')).toMatchObject({ code: 3, errors: expect.stringMatching(/^SCHEMA_MISMATCH: /) })
    expect((await json('migrate', 'up')).data).toEqual({ applied: [status.at(-1).version] })
    expect(await run('migrate', 'reset')).toMatchObject({ code: EXIT.badOptions })
    await json('migrate', 'reset', '--yes')
    expect((await json('migrate', 'status')).data[0]).toMatchObject({ appliedAt: null })
  })
})

test('is found by npm as `millrace`, and a database that cannot be had is one sentence', { timeout: 300_000 }, () => {
  const root = fileURLToPath(new URL('../../../../', import.meta.url))
  const away = 'postgres://nobody:secret@127.0.0.1:1/nothing'
  const { status, stderr } = spawnSync('npx', ['millrace', 'jobs', 'list', '--database-url', away], { cwd: root })
  expect({ status, stderr: stderr.toString() }).toEqual({
    status: EXIT.cannotStart,
    stderr: expect.stringMatching(/^DATABASE_UNAVAILABLE: Failed to [^\n]+\n$/),
  })
  expect(stderr.toString()).not.toContain('secret')
})

test('a directory that was mistyped is no database, and does not become one', { timeout: 300_000 }, async () => {
  await using folder = await scratchFolder()
  const dataDir = join(folder.path, 'typo')
  const listed = await runCommandProcess(['jobs', 'list', '--data-dir', dataDir])
  expect(listed).toMatchObject({
    code: EXIT.cannotStart,
    errors: expect.stringMatching(/^DATABASE_UNAVAILABLE: Failed to open .*typo: there is none\..*--data-dir[^\n]+\n$/),
  })
  await expect(access(dataDir)).rejects.toThrow('ENOENT')
  expect(await runCommandProcess(['migrate', 'up', '--data-dir', dataDir])).toMatchObject({ code: EXIT.finished })
  expect(await runCommandProcess(['tenants', 'list', '--data-dir', dataDir])).toMatchObject({ code: EXIT.finished })
})
