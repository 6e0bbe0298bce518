import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createRuntime } from '@millrace/core'
import {
  createIntegration,
  createJob,
  migrate,
  OWNER,
  openDatabase,
  postgresJobStore,
  postgresLedger,
  postgresLoader,
  secretsFromKey,
  seedTenant,
  tenant,
} from '@millrace/sink-postgres'
import { expect, test } from 'vitest'
import { scratchStore } from '../../examples/host/src/testing/scratch-store.ts'
import { DEADLY, NOTES_PER_PAGE, notebook, PAGES } from './deadly-notebook.ts'

const program = fileURLToPath(new URL('deadly-notebook-process.ts', import.meta.url))
const { DATABASE_URL: serverUrl } = process.env
const ATTEMPTS = 5
const STALE_AFTER_MS = 1_500

/** Two workers, each started again whenever it ends, as a supervisor does. */
function supervised(url: string): AsyncDisposable & { readonly deaths: () => number } {
  let deaths = 0
  let over = false
  const living = new Set<ChildProcess>()
  const keep = async (): Promise<void> => {
    while (!over) {
      const child = spawn(process.execPath, ['--conditions=@millrace/source', program, url, String(STALE_AFTER_MS)], {
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      living.add(child)
      await once(child, 'exit')
      living.delete(child)
      if (!over) deaths += 1
    }
  }
  const kept = [keep(), keep()]
  return {
    deaths: () => deaths,
    [Symbol.asyncDispose]: async () => {
      over = true
      for (const child of living) child.kill('SIGKILL')
      await Promise.all(kept)
    },
  }
}

test.skipIf(!serverUrl)(
  'a record that kills every process that touches it dies alone after its attempts, and its neighbours load',
  async () => {
    await using store = await scratchStore(serverUrl)
    const url = store.choice.kind === 'server' ? store.choice.url : ''
    await using opened = new AsyncDisposableStack()
    const db = opened.adopt(await openDatabase({ url }), (open) => open.close())
    await migrate(db)
    const secrets = secretsFromKey({ id: 'test', key: Buffer.alloc(32, 1) })
    const tenantId = await seedTenant(db, { name: 'Acme' })
    const integrationId = await createIntegration(db, { tenantId, secrets, name: 'Notes', type: 'notebook' })
    const jobId = await createJob(db, { tenantId, name: 'Notes', connector: 'notebook', integrationId })
    const conductor = createRuntime({
      connectors: [notebook],
      ledger: postgresLedger(db),
      jobStore: postgresJobStore(db, { secrets }),
      loader: postgresLoader(db),
      roles: [],
    })
    const { runId } = await conductor.startRun({ tenantId, jobId, maxAttempts: ATTEMPTS })
    await using workers = supervised(url)
    const state = () => db.query(OWNER, 'SELECT state FROM etl_runs WHERE id = $1', [runId])
    await expect.poll(state, { timeout: 540_000, interval: 200 }).toEqual([{ state: 'failed' }])

    const stored = 'SELECT external_id FROM deadly_notes ORDER BY external_id'
    const loaded = (await db.query<{ external_id: string }>(tenant(tenantId), stored)).map((row) => row.external_id)
    expect(loaded).not.toContain(DEADLY)
    expect(loaded).toHaveLength(PAGES * NOTES_PER_PAGE - 1)
    const dead = await db.query(
      OWNER,
      `SELECT job_type, attempts, payload -> 'items' AS items, error_code, error_transient FROM etl_job_queue
        WHERE run_id = $1 AND status = 'dead'`,
      [runId],
    )
    const failure = { error_code: 'LEASE_EXPIRED', error_transient: false }
    expect(dead).toEqual([{ job_type: 'transform', attempts: ATTEMPTS, items: [4], ...failure }])
    // Once with the unit, then as a record until it is taken apart, then as an item; each may be lost beside others once.
    expect(workers.deaths()).toBeLessThanOrEqual(1 + ATTEMPTS + (1 + ATTEMPTS))
    expect(workers.deaths()).toBeGreaterThan(ATTEMPTS)
  },
  // A dozen processes start, each when another one has died.
  600_000,
)
