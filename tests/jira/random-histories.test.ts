import { type FaultInput, startJiraSimulator } from '@millrace-examples/simulators'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mirrorOf } from './mirror.ts'
import { tablesOf } from './site-tables.ts'

const HISTORIES = 4
const TIME_ZONES = ['Pacific/Pago_Pago', 'America/New_York', 'Etc/UTC', 'Asia/Kolkata', 'Pacific/Kiritimati']
/** Clocks change in New York at 07:00 of this day. */
const BEFORE_SUMMER_TIME = new Date('2026-03-08T05:30:00Z')
const HOUR_MS = 3_600_000

const few = fc.nat(4)
const events = fc.record({
  edits: fc.nat(12),
  transitions: few,
  moves: few,
  unlinks: few,
  pullRequestUnlinks: few,
  commentDeletions: few,
  worklogDeletions: few,
  deletions: few,
  additions: few,
})

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
)
const history = fc.record({
  seed: fc.nat(1000),
  timeZone: fc.constantFrom(...TIME_ZONES),
  turns: fc.array(fc.record({ events, faults: fc.array(fault, { maxLength: 4 }) }), { minLength: 1, maxLength: 3 }),
  /** A project that is out of sight during the first turn. */
  hides: fc.boolean(),
  deletesProject: fc.boolean(),
  pageSize: fc.integer({ min: 5, max: 100 }),
  /** Few enough that every project is huge, or all of them. */
  issuesPerSlice: fc.constantFrom(15, 20_000),
  /** Histories that a search shows, and histories per page of the endpoint that has all of them. */
  keep: fc.nat(8),
  historyPage: fc.integer({ min: 3, max: 50 }),
})

describe('after any history', () => {
  it.each(['cloud', 'gateway', 'dataCenter'] as const)(
    'the tables hold what the site holds, in every time zone, across a change of clocks, and whatever goes wrong: %s',
    async (face) => {
      await fc.assert(
        fc.asyncProperty(
          history,
          async ({ turns, hides, deletesProject, pageSize, keep, historyPage, issuesPerSlice, ...options }) => {
            const site = await startJiraSimulator({
              ...options,
              issues: 120,
              projects: 3,
              now: BEFORE_SUMMER_TIME,
              validateTraffic: true,
            })
            const endless = { times: 10_000 }
            site.faults.add(
              { kind: 'short-page', path: '*/search*', size: pageSize, ...endless },
              { kind: 'truncated-changelog', path: '*/search/jql', keep, ...endless },
              { kind: 'short-page', path: '*/changelog/bulkfetch', size: historyPage, ...endless },
            )
            const mirror = mirrorOf(site, { devStatusRepollHours: 0.5, includeRemoteLinks: true, issuesPerSlice }, face)
            const sync = async (): Promise<void> => {
              const began = site.now()
              expect(await mirror.sync()).toMatchObject({ state: 'finished', failures: [] })
              expect(site.now() - began).toBeLessThan(HOUR_MS)
            }
            try {
              await sync()
              for (const [index, turn] of turns.entries()) {
                site.evolve({ ...turn.events, ...(hides && index === 0 && { hiddenProjects: ['PAY'] }) })
                site.faults.add(...turn.faults)
                await sync()
              }
              if (hides) {
                site.evolve({ shownProjects: ['PAY'] })
                await sync()
              }
              // Data Center does not tell of projects that were deleted: they are out of sight.
              if (deletesProject && face !== 'dataCenter') {
                site.evolve({ projectDeletions: ['WEB'] })
                await sync()
              }
              expect(await mirror.tables()).toEqual(tablesOf(site, face))
              expect(site.violations()).toEqual([])
            } finally {
              await mirror.stop()
              await site.close()
            }
          },
        ),
        { numRuns: HISTORIES },
      )
    },
    300_000,
  )
})
