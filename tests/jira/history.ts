import assert from 'node:assert/strict'
import { type Loader, memoryLoader } from '@millrace/core'
import { type FaultInput, startJiraSimulator } from '@millrace-examples/simulators'
import fc from 'fast-check'
import { type Face, mirrorOf } from './mirror.ts'
import { differences } from './mirror-rows.ts'
import { tablesOf } from './site-tables.ts'
import { event, siteWithPast } from './site-with-past.ts'

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

/** What happens to a site, and what goes wrong, before, between and during the runs of its mirror. */
export const history = fc.record({
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
  /** What a security level hid comes back in the end, when a census has seen that it was gone. */
  reveals: fc.boolean(),
  /** How the last run reads: only a full one tells what Jira changes without touching an issue. */
  ends: fc.constantFrom('incremental', 'full'),
  pageSize: fc.integer({ min: 5, max: 100 }),
  /** Few enough that every project is huge, or all of them. */
  issuesPerSlice: fc.constantFrom(15, 20_000),
  /** Histories that a search shows, and histories per page of the endpoint that has all of them. */
  keep: fc.nat(8),
  historyPage: fc.integer({ min: 3, max: 50 }),
})
export type History = typeof history extends fc.Arbitrary<infer Value> ? Value : never

/** Where a mirror keeps what it reads. */
export interface HistoryPlace {
  readonly loader: Loader
  readonly tenantId?: number
}

/**
 * Lives through a history, lets the site rest, runs once more, and compares.
 *
 * @throws AssertionError when the tables are not what the site holds
 */
export async function live(
  { before, turns, reveals, ends, pageSize, keep, historyPage, issuesPerSlice, ...options }: History,
  face: Face,
  place: HistoryPlace = { loader: memoryLoader() },
): Promise<void> {
  const site = await startJiraSimulator({
    ...options,
    issues: 72,
    projects: 4,
    now: BEFORE_SUMMER_TIME,
    validateTraffic: true,
  })
  const past = siteWithPast(site, face, ends)
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
  const syncToEnd = async (): Promise<void> => {
    const { state, failures } = await mirror.sync()
    // Whoever looked into it allows what a census doubts.
    const allowed = isDoubted(failures)
      ? await mirror.sync('incremental', { allowDeletions: true })
      : { state, failures }
    assert.deepEqual([allowed.state, allowed.failures], ['finished', []])
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
      if (undisturbed && !isDoubted(failures))
        assert.deepEqual({ state, failures }, { state: 'finished', failures: [] })
      if (during.length === 0) assert.ok(site.now() - began < HOUR_MS, 'a run takes less than an hour')
      happen(Number.POSITIVE_INFINITY)
      for (const each of after) past.happen(each)
    }

    cut()
    past.rest()
    await syncToEnd()
    if (reveals) {
      past.reveal()
      await syncToEnd()
    }
    if (ends === 'full') assert.deepEqual((await mirror.sync('full')).failures, [])
    assert.deepEqual(await mirror.tables(), tablesOf(site, face))
    // What a mirror without a past makes of the site, in memory.
    const fresh = mirrorOf(site, settings, face, place.tenantId === undefined ? {} : { tenantId: place.tenantId })
    assert.equal((await fresh.sync()).state, 'finished')
    await fresh.stop()
    assert.deepEqual(differences(await mirror.rows(), await fresh.rows(), ends), [])
    assert.deepEqual(site.violations(), [])
  } finally {
    await mirror.stop()
    await site.close()
  }
}

function isDoubted(failures: readonly { readonly failure: { readonly code: string } }[]): boolean {
  return failures.length > 0 && failures.every(({ failure }) => failure.code === 'CENSUS_REFUSED')
}
