import { type Database, ENGINE, type Tx, tenant } from '@millrace/sink-postgres'
import type { Exchange } from '@millrace-examples/simulators'
import { expect, test } from 'vitest'
import { EXIT } from './exit-codes.ts'
import { openStore } from './open-store.ts'
import { runHostProcess } from './testing/host-process.ts'
import { expectedFacts, storedFacts } from './testing/mirrored-facts.ts'
import { realSite } from './testing/real-site.ts'
import { scratchStore } from './testing/scratch-store.ts'
import { storedBodies } from './testing/stored-bodies.ts'

const ISSUES = 10_000

/** Answers that are looked at to check the account or to plan the work. */
const PLANNING = [
  '/rest/api/3/myself',
  '/rest/api/3/project/search',
  '/rest/api/3/search/approximate-count',
  '/rest/agile/1.0/board',
]
/** What the check asks about an issue that cannot exist. */
const PROBE = '/rest/dev-status/latest/issue/summary?issueId=0'

const TOTALS = `
  SELECT r.id, r.state, sum(s.rows_written) AS written, sum(s.rows_removed) AS removed, sum(s.embedded) AS embedded
    FROM etl_runs r JOIN etl_run_steps s ON s.run_id = r.id GROUP BY r.id ORDER BY r.id`

const TEXTS = `SELECT (SELECT count(*) FROM work_items) + (SELECT count(*) FROM comments) AS count`

/** A server without pgvector keeps no vectors; the embedded database always does. */
const HAS_VECTORS = `SELECT FROM pg_available_extensions WHERE name = 'vector'`

async function readAsDemo<T>(db: Database, read: (tx: Tx) => Promise<T>): Promise<T> {
  const [demo] = await db.query<{ id: number }>(ENGINE, `SELECT id FROM tenants WHERE name = 'Demo'`)
  return db.transaction(tenant(demo?.id ?? 0), read)
}

test('ten thousand issues arrive complete, their answers are kept byte for byte, and a second run writes no row', {
  timeout: 300_000,
}, async () => {
  await using site = await realSite({ issues: ISSUES, frozen: true })
  await using store = await scratchStore(process.env.DATABASE_URL)
  const argv = [...store.argv, '--once']
  const first = await runHostProcess(argv, site.variables)
  expect(first).toMatchObject({ code: EXIT.finished, errors: '' })
  const second = await runHostProcess(argv, site.variables)
  expect(second).toMatchObject({ code: EXIT.finished, errors: '' })

  const exchanges = site.simulator.requests().responses
  const isPlanning = ({ route, url }: Exchange): boolean => PLANNING.includes(route) || url === PROBE
  const planning = exchanges.filter(isPlanning)
  const answers = exchanges.filter((exchange) => !isPlanning(exchange))

  const db = await openStore(store.choice)
  try {
    const hasVectors = (await db.query(ENGINE, HAS_VECTORS)).length > 0
    const [texts] = await readAsDemo(db, (tx) => tx.query<{ count: number }>(TEXTS))
    const embedded = hasVectors ? Number(texts?.count) : 0
    const totals = await readAsDemo(db, (tx) => tx.query(TOTALS))
    expect(totals).toMatchObject([
      { state: 'finished', removed: '0', embedded: String(embedded) },
      { state: 'finished', written: '0', removed: '0', embedded: '0' },
    ])
    expect(await readAsDemo(db, storedFacts)).toEqual(expectedFacts(site.simulator.truth()))

    const planned = new Set(planning.map(({ sha256 }) => sha256))
    const bodies = (await readAsDemo(db, storedBodies)).filter((sha256) => !planned.has(sha256))
    const given = timesOf(answers.map(({ sha256 }) => sha256))
    const kept = timesOf(bodies)
    expect([...kept.keys()].toSorted()).toEqual([...given.keys()].toSorted())
    // A page that was read ahead when its worker had to pause is asked for again, and kept once.
    for (const [sha256, times] of kept) expect(times).toBeLessThanOrEqual(given.get(sha256) ?? 0)
    if (embedded > 0) {
      const [points] = await readAsDemo(db, (tx) => tx.query('SELECT count(*) AS points FROM vector_points'))
      expect(points).toEqual({ points: embedded })
    }
  } finally {
    await db.close()
  }
})

function timesOf(hashes: readonly string[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>()
  for (const each of hashes) times.set(each, (times.get(each) ?? 0) + 1)
  return times
}
