import { type Loader, memoryLoader } from '@millrace/core'
import { migrate, postgresLoader, seedTenant } from '@millrace/sink-postgres'
import { type FaultInput, startJiraSimulator } from '@millrace-examples/simulators'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ScratchDatabase, scratchKinds } from '../../packages/sink-postgres/src/testing/scratch-database.ts'
import { type Face, mirrorOf } from './mirror.ts'
import { agreedOn } from './mirror-rows.ts'
import { tablesOf } from './site-tables.ts'
import { event, siteWithPast } from './site-with-past.ts'

/** Of each kind; MILLRACE_HISTORIES asks for more, MILLRACE_HISTORY_SEED for those of a run that failed. */
const HISTORIES = Number(process.env.MILLRACE_HISTORIES ?? 2)
const SEED = process.env.MILLRACE_HISTORY_SEED
const FACES = ['cloud', 'gateway', 'dataCenter'] as const satisfies readonly Face[]
const TIME_ZONES = ['Pacific/Pago_Pago', 'America/New_York', 'Etc/UTC', 'Asia/Kolkata', 'Pacific/Kiritimati']
/** Clocks change in New York at 07:00 of this day. */
const BEFORE_SUMMER_TIME = new Date('2026-03-08T05:30:00Z')
const HOUR_MS = 3_600_000

/** In the middle of a run, once. */
const once = { skip: fc.nat(60) }
const search = fc.constant('*/search*')
const fault: fc.Arbitrary<FaultInput> = fc.oneof(
  fc.record({ kind: fc.constant('rate-limit' as const), retryAfterSeconds: fc.nat(60), ...once }),
  fc.record({ kind: fc.constant('gateway-rate-limit' as const), ...once }),
  fc.record({ kind: fc.constant('status' as const), status: fc.constantFrom(500, 502, 503, 504), ...once }),
  fc.record({ kind: fc.constant('status' as const), status: fc.constant(503), retryAfterSeconds: fc.nat(90), ...once }),
  fc.record({ kind: fc.constant('cut-body' as const), ...once }),
  fc.record({ kind: fc.constant('repeated-token' as const), path: search, skip: fc.nat(5) }),
  fc.record({ kind: fc.constant('expired-token' as const), path: search, skip: fc.nat(5) }),
)
/** What no retry cures: somebody is refused for a moment, or told nonsense. The run may fail, and the next one is none the worse. */
const refusal: fc.Arbitrary<FaultInput> = fc.oneof(
  fc.record({ kind: fc.constant('status' as const), status: fc.constantFrom(401, 403), ...once }),
  fc.record({ kind: fc.constant('not-json' as const), ...once }),
  fc.record({ kind: fc.constant('empty-lists' as const), ...once }),
)
const few = <Value>(value: fc.Arbitrary<Value>) => fc.array(value, { maxLength: 3 })

const history = fc.record({
  seed: fc.nat(1000),
  timeZone: fc.constantFrom(...TIME_ZONES),
  before: few(event),
  turns: fc.array(
    fc.record({
      mode: fc.constantFrom('incremental', 'incremental', 'full'),
      /** What happens while it runs, each before the request of that number. */
      during: few(fc.record({ request: fc.nat(300), event })),
      faults: few(fault),
      refusals: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: few(refusal) }),
      after: few(event),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  pageSize: fc.integer({ min: 5, max: 100 }),
  /** Few enough that every project is huge, or all of them. */
  issuesPerSlice: fc.constantFrom(15, 20_000),
  /** Histories that a search shows, and histories per page of the endpoint that has all of them. */
  keep: fc.nat(8),
  historyPage: fc.integer({ min: 3, max: 50 }),
})
type History = typeof history extends fc.Arbitrary<infer Value> ? Value : never

const TIMEOUT_MS = 120_000 + HISTORIES * 120_000

describe('after any history', () => {
  const always = (check: (history: History) => Promise<void>): Promise<void> =>
    fc.assert(fc.asyncProperty(history, check), {
      numRuns: HISTORIES,
      // One that fails takes seconds, and hundreds of smaller ones are no help to somebody who waits.
      endOnFailure: true,
      ...(SEED !== undefined && { seed: Number(SEED) }),
    })

  it.each(FACES)(
    'the tables hold what the site holds, whatever changes and goes wrong meanwhile: %s',
    (face) => always((history) => live(history, face, { loader: memoryLoader() })),
    TIMEOUT_MS,
  )

  describe.each(scratchKinds(process.env.DATABASE_URL).slice(-1))('and so do those of a $name', (kind) => {
    let db: ScratchDatabase
    let tenants = 0
    beforeAll(async () => {
      db = await kind.open()
      await migrate(db)
    })
    afterAll(() => db.close())

    it(
      'on Cloud',
      () =>
        always(async (history) => {
          const tenantId = await seedTenant(db, { name: `history ${tenants++}` })
          await live(history, 'cloud', { loader: postgresLoader(db), tenantId })
        }),
      TIMEOUT_MS,
    )
  })
})

async function live(
  { before, turns, pageSize, keep, historyPage, issuesPerSlice, ...options }: History,
  face: Face,
  place: { readonly loader: Loader; readonly tenantId?: number },
): Promise<void> {
  const site = await startJiraSimulator({
    ...options,
    issues: 72,
    projects: 4,
    now: BEFORE_SUMMER_TIME,
    validateTraffic: true,
  })
  const past = siteWithPast(site, face)
  let asked = 0
  let toCome: History['turns'][number]['during'] = []
  const happen = (upTo: number): void => {
    const due = toCome.filter(({ request }) => request <= upTo)
    toCome = toCome.filter(({ request }) => request > upTo)
    for (const { event } of due) past.happen(event)
  }
  const settings = { devStatusRepollHours: 0.5, boardsIntervalHours: 0.5, includeRemoteLinks: true, issuesPerSlice }
  const mirror = mirrorOf(site, settings, face, { ...place, onRequest: () => happen(asked++) })
  const cut = (): void => {
    const endless = { times: 100_000 }
    site.faults.clear()
    site.faults.add(
      { kind: 'short-page', path: '*/search*', size: pageSize, ...endless },
      { kind: 'truncated-changelog', path: '*/search/jql', keep, ...endless },
      { kind: 'truncated-changelog', path: '*/issue/bulkfetch', keep, ...endless },
      { kind: 'short-page', path: '*/changelog/bulkfetch', size: historyPage, ...endless },
    )
  }
  try {
    for (const each of before) past.happen(each)
    for (const { mode, during, faults, refusals, after } of turns) {
      cut()
      site.faults.add(...faults, ...refusals)
      asked = 0
      toCome = during
      const began = site.now()
      const { state, failures } = await mirror.sync(mode)
      const undisturbed = refusals.length === 0 && during.length === 0
      if (undisturbed && !isDoubted(failures)) expect({ state, failures }).toEqual({ state: 'finished', failures: [] })
      if (during.length === 0) expect(site.now() - began).toBeLessThan(HOUR_MS)
      happen(Number.POSITIVE_INFINITY)
      for (const each of after) past.happen(each)
    }

    cut()
    past.rest()
    const last = await mirror.sync()
    // Whoever looked into it allows what a census doubts.
    const seen = isDoubted(last.failures) ? await mirror.sync('incremental', { allowDeletions: true }) : last
    expect(seen).toMatchObject({ state: 'finished', failures: [] })
    expect(await mirror.tables()).toEqual(tablesOf(site, face))
    const fresh = mirrorOf(site, settings, face)
    expect(await fresh.sync()).toMatchObject({ state: 'finished', failures: [] })
    const [withPast, without] = [await mirror.rows(), await fresh.rows()]
    await fresh.stop()
    expect(agreedOn(withPast, without)).toEqual(agreedOn(without, withPast))
    expect(site.violations()).toEqual([])
  } finally {
    await mirror.stop()
    await site.close()
  }
}

function isDoubted(failures: readonly { readonly failure: { readonly code: string } }[]): boolean {
  return failures.length > 0 && failures.every(({ failure }) => failure.code === 'CENSUS_REFUSED')
}
