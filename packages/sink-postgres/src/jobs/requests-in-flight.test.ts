import { randomBytes } from 'node:crypto'
import { createRuntime, defineConnector, defineEntity, memoryLoader } from '@millrace/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { postgresLedger } from '../ledger/postgres-ledger.ts'
import { ledgerTenants } from '../ledger/testing/ledger-fixture.ts'
import { migrate } from '../migrations/migrate.ts'
import { type ScratchDatabase, scratchKinds } from '../testing/scratch-database.ts'
import { listJobs } from './job-states.ts'
import { postgresJobStore } from './postgres-job-store.ts'
import { secretsFromKey } from './secrets.ts'
import { resetJob, setIntegrationActive, setJobActive } from './switch-jobs.ts'

const issues = defineEntity({ name: 'issues', key: 'id', columns: z.object({ id: z.string() }) })
const tracker = defineConnector({
  name: 'tracker',
  entities: [issues],
  config: z.object({}),
  steps: (step) => [
    step({
      name: 'tracker_issues',
      async *extract(_work, ctx) {
        yield { body: await (await ctx.fetch('http://localhost/issues')).text(), next: null }
      },
      *transform() {},
    }),
  ],
})

describe.each(scratchKinds(process.env.DATABASE_URL))('requests in flight on $name', (kind) => {
  let db: ScratchDatabase
  beforeAll(async () => {
    db = await kind.open()
    await migrate(db)
  })
  afterAll(() => db.close())

  /** A run whose only request hangs, and a promise of its end. */
  const running = async () => {
    const { job } = await ledgerTenants(db)
    const asked = Promise.withResolvers<void>()
    const aborted = Promise.withResolvers<void>()
    const fetch = ((_url: URL, init: RequestInit) =>
      new Promise((_resolve, reject) => {
        init.signal?.addEventListener('abort', () => {
          aborted.resolve()
          reject(init.signal?.reason)
        })
        asked.resolve()
      })) as typeof globalThis.fetch
    const runtime = createRuntime({
      connectors: [tracker],
      ledger: postgresLedger(db),
      jobStore: postgresJobStore(db, { secrets: secretsFromKey({ id: 'test', key: randomBytes(32) }) }),
      loader: memoryLoader(),
      fetch,
    })
    await runtime.start()
    await runtime.startRun(job)
    await asked.promise
    return { job, runtime, aborted: aborted.promise }
  }

  test.each(['switched off', 'reset', 'left without its account'])('are aborted when their job is %s', async (how) => {
    const { job, runtime, aborted } = await running()
    const [before] = await listJobs(db, job)
    const integrationId = before?.integrationId ?? 0
    if (how === 'reset') await resetJob(db, job)
    else if (how === 'switched off') await setJobActive(db, { ...job, active: false, connectors: [] })
    else await setIntegrationActive(db, { tenantId: job.tenantId, integrationId, active: false })
    await aborted
    await runtime.stop()
    expect((await listJobs(db, job))[0]).toMatchObject({ overall: 'READY', errorMessage: null })
  })
})
