import { OWNER } from '@millrace/sink-postgres'
import { expect, test } from 'vitest'
import { realSite } from '../../examples/host/src/testing/real-site.ts'
import { scratchStore } from '../../examples/host/src/testing/scratch-store.ts'
import { serveFixture } from '../../examples/host/src/testing/serve-fixture.ts'
import { countStaleCommits, installWitness, rowsLostDuring } from '../../scripts/crash/lease-audit.ts'

const ISSUES = 60
const { DATABASE_URL: serverUrl } = process.env

test.skipIf(!serverUrl)(
  'a worker that sleeps past its lease finds its rows taken over, and cannot write what it has in hand',
  async () => {
    await using store = await scratchStore(serverUrl)
    const latency = { kind: 'latency', ms: 2_000, path: '*/search*', times: 8 } as const
    await using site = await realSite({ issues: ISSUES, faults: [latency] })
    await using system = await serveFixture(store.choice.kind === 'server' ? store.choice.url : '', site)
    await installWitness(system.db)
    const sleeper = system.serve('--roles', 'all', '--port', '0', '--stale-after', '2')
    await sleeper.says('Working.')
    const { runId } = await system.conductor.startRun({ tenantId: system.tenantId, jobId: system.jobId })
    // In the middle of a request, whose answer is on the way.
    const held = `
      SELECT count(*) > 0 AS held FROM etl_job_queue
       WHERE run_id = $1 AND status = 'leased' AND job_type = 'extract' AND step = 'jira_issues_with_changelogs'`
    const isHeld = () => system.db.query(OWNER, held, [runId])
    await expect.poll(isHeld, { timeout: 120_000, interval: 20 }).toEqual([{ held: true }])
    const asleep = { pid: sleeper.child.pid ?? 0, from: new Date() }
    sleeper.child.kill('SIGSTOP')

    const successor = system.serve('--roles', 'all', '--port', '0', '--stale-after', '2')
    await successor.says('Working.')
    expect(await system.finished(runId)).toMatchObject({ state: 'finished', failures: [] })
    expect(await rowsLostDuring(system.db, { ...asleep, until: new Date() })).toBeGreaterThan(0)
    expect(sleeper.output()).not.toContain('The lease is lost')

    sleeper.child.kill('SIGCONT')
    await expect.poll(() => sleeper.output(), { timeout: 120_000 }).toContain('The lease is lost')
    expect(await countStaleCommits(system.db)).toBe(0)
    const found = await system.db.query(OWNER, 'SELECT count(*) AS issues FROM work_items WHERE active')
    expect(found).toEqual([{ issues: ISSUES }])
    for (const { child } of [sleeper, successor]) child.kill('SIGTERM')
    expect(await Promise.all([sleeper.ended, successor.ended])).toEqual([0, 0])
  },
  // Two whole programs start one after the other, which takes a busy machine a minute each.
  600_000,
)
