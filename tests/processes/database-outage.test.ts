import { setTimeout as delay } from 'node:timers/promises'
import { OWNER } from '@millrace/sink-postgres'
import { describe, expect, test } from 'vitest'
import { realSite } from '../../examples/host/src/testing/real-site.ts'
import { addressOf, serveFixture } from '../../examples/host/src/testing/serve-fixture.ts'
import { findPostgresFolder, startBreakablePostgres } from '../../scripts/services/private-postgres.ts'

const ISSUES = 400
const programs = findPostgresFolder()

describe.skipIf(!programs)('the database goes away in the middle of a run', { timeout: 600_000 }, () => {
  test.each(['kill', 'shutdown'] as const)('by %s: no process ends, and the run does when it is back', async (how) => {
    const postgres = await startBreakablePostgres(programs ?? '')
    await using cleanUp = new AsyncDisposableStack()
    cleanUp.defer(postgres.stop)
    const latency = { kind: 'latency', ms: 150, path: '*/search*', times: 10_000 } as const
    await using site = await realSite({ issues: ISSUES, faults: [latency] })
    await using system = await serveFixture(postgres.url, site)
    const roles = ['extract', 'extract', 'transform,embed', 'api']
    const processes = roles.map((role) => system.serve('--roles', role, '--port', '0'))
    await Promise.all(processes.map((each) => each.says('Working.')))
    const addresses = await Promise.all(processes.map(addressOf))
    const readiness = () => Promise.all(addresses.map(async (address) => (await fetch(`${address}/ready`)).status))
    expect(await readiness()).toEqual([200, 200, 200, 200])

    const { runId } = await system.conductor.startRun({
      tenantId: system.tenantId,
      jobId: system.jobId,
      batchSize: 10,
      // Not one attempt may be lost to a database that was away.
      maxAttempts: 1,
    })
    const stored = `SELECT count(*) > 3 AS enough FROM raw_extraction_data WHERE run_id = $1`
    await expect.poll(() => system.db.query(OWNER, stored, [runId]), { timeout: 120_000 }).toEqual([{ enough: true }])
    await postgres[how]()
    await expect.poll(readiness, { timeout: 120_000 }).toEqual([503, 503, 503, 503])
    // Long enough for a process that would end by it.
    await delay(2_000)
    expect(processes.map(({ child }) => child.exitCode)).toEqual([null, null, null, null])
    await postgres.start()

    const summary = await system.finished(runId)
    expect(summary).toMatchObject({ state: 'finished', failures: [] })
    const found = await system.db.query(OWNER, 'SELECT count(*) AS issues FROM work_items WHERE active')
    expect(found).toEqual([{ issues: ISSUES }])
    for (const { child } of processes) child.kill('SIGTERM')
    expect(await Promise.all(processes.map(({ ended }) => ended))).toEqual([0, 0, 0, 0])
  })
})
