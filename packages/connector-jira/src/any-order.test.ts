import { type AnyStep, type Lookup, memoryLoader, prepareLoad } from '@millrace/core'
import { runStep } from '@millrace/core/testing'
import { startJiraSimulator } from '@millrace-examples/simulators'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jira } from './index.ts'

/** A page as the ledger keeps it: what was received, and the number drawn before it was asked for. */
interface RawRecord {
  readonly step: AnyStep
  readonly unit: unknown
  readonly bodies: readonly unknown[]
  readonly sourceSeq: number
}

const READS = 3
/** What people decide comes from no page. */
const loaded = jira.entities.filter(({ edited }) => edited === undefined)
const ORDERS = 40

test('any order and any repetition of raw records gives the same tables', async () => {
  await using site = await disposableSite()
  const { records, lookup } = await readSeveralTimes(site)
  const inOrder = await load(records, lookup)
  // All is in sight here, so that nothing goes unread.
  expect(Object.entries(inOrder).filter(([, rows]) => rows.length === 0)).toEqual([['unread_work_items', []]])

  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray(records, { minLength: records.length }),
      fc.array(fc.constantFrom(...records), { maxLength: 20 }),
      async (shuffled, repeated) => {
        expect(await load([...shuffled, ...repeated], lookup)).toEqual(inOrder)
      },
    ),
    { numRuns: ORDERS },
  )
}, 300_000)

type Site = Awaited<ReturnType<typeof startJiraSimulator>> & AsyncDisposable

async function disposableSite(): Promise<Site> {
  const site = await startJiraSimulator({ issues: 60, projects: 2 })
  return Object.assign(site, { [Symbol.asyncDispose]: () => site.close() })
}

/** Reads the whole site again and again, while it is edited in between. */
async function readSeveralTimes(site: Site): Promise<{ records: RawRecord[]; lookup: Lookup }> {
  const records: RawRecord[] = []
  const config = {
    baseUrl: site.url,
    username: 'demo@example.com',
    apiToken: 'demo-token',
    issuesPerPage: 15,
    includeRemoteLinks: true,
  }
  for (let read = 0; read < READS; read += 1) {
    const spawned: { step: string; unit: unknown }[] = []
    // A census waits for the pages that it is compared with, so it takes no part in their order.
    for (const step of jira.steps.filter(({ name }) => name !== 'jira_issue_census')) {
      const units = [...(await runStep(jira, step.name, { config })).units]
      units.push(...spawned.filter((spawn) => spawn.step === step.name).map(({ unit }) => unit))
      for (const unit of units) {
        const { pages } = await runStep(jira, step.name, { config, unit })
        for (const { bodies, spawn } of pages) {
          spawned.push(...spawn)
          records.push({ step, unit, bodies, sourceSeq: records.length + 1 })
        }
      }
    }
    site.evolve({ edits: 15, transitions: 10, moves: 3, pullRequestUnlinks: 2 })
  }
  const loader = memoryLoader()
  for (const record of records) await loadRecord(loader, record, { get: () => undefined, all: () => [] })
  const rows = new Map(loaded.map((entity) => [entity, loader.rows(entity)]))
  const all: Lookup['all'] = (entity) => rows.get(entity as (typeof loaded)[number]) ?? []
  return { records, lookup: { get: (entity, id) => all(entity).find((row) => row.external_id === id), all } }
}

async function load(
  records: readonly RawRecord[],
  lookup: Lookup,
): Promise<{ readonly [entity: string]: readonly object[] }> {
  const loader = memoryLoader()
  for (const record of records) await loadRecord(loader, record, lookup)
  return Object.fromEntries(loaded.map((entity) => [entity.name, loader.rows(entity)]))
}

async function loadRecord(
  loader: ReturnType<typeof memoryLoader>,
  { step, unit, bodies, sourceSeq }: RawRecord,
  lookup: Lookup,
): Promise<void> {
  const parsed = bodies.map((body) => step.body.parse(body))
  const changes = step.transform({ unit, body: parsed[0], bodies: parsed }, lookup)
  const scope = { tenantId: 1, integrationId: 1, runId: 1 }
  await loader.load(prepareLoad(changes, { scope, sourceSeq, fullSync: false, entities: jira.entities }), undefined)
}
