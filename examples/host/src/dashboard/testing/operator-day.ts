import type { Browser, WebSocketRoute } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DashboardPage, dashboardPage } from './dashboard-page.ts'
import { openBrowser } from './open-browser.ts'
import type { RealHost } from './real-host.ts'

/** Machines that build many things at once are slow. */
const PATIENCE_MS = 90_000

/** What an operator has: a host, and one page that is never loaded again. */
export interface Day {
  readonly host: RealHost
  readonly on: DashboardPage
  /** Waits until a run that this begins has ended so, and the card of the job says it. */
  run(job: string, end: 'FINISHED' | 'FAILED', begin: () => Promise<void>): Promise<void>
  /** Presses the button on the card of a job. */
  runNow(job: string): Promise<void>
  /** Expects of what is stored, in a while. */
  stored(sql: string): ReturnType<typeof expect.poll>
  /** Expects of what is read again and again, in a while. */
  eventually(read: () => Promise<unknown>): ReturnType<typeof expect.poll>
  /** Waits until no run is under way and every change of configuration is in the rows. */
  settled(): Promise<void>
  /** Cuts the live connection, as a network does. */
  cut(): Promise<void>
}

/** Tests that go on in the same page where the one before them stopped; skipped where there is no browser or no host. */
export type Chapter = (given: (name: string, act: (day: Day) => Promise<void>) => void) => void

/** Runs that have not ended, and jobs whose rows were made with an older configuration than today's. */
const UNSETTLED = `
  SELECT (SELECT count(*) FROM etl_runs WHERE state = 'running')::integer AS runs,
    (SELECT count(*) FROM etl_jobs j JOIN integrations i ON i.id = j.integration_id
      WHERE j.configuration_version < i.configuration_version)::integer AS outdated`

/** Opens a host and a browser for the chapters of a day, in their order. */
export function operatorDay(setup: {
  readonly isPossible: boolean
  readonly open: () => Promise<RealHost>
  readonly chapters: readonly Chapter[]
}): void {
  const { isPossible, open, chapters } = setup
  /** `npm test` finds or installs one, and builds the dashboard. */
  const executable = process.env.CHROMIUM_PATH
  const isOn = executable !== undefined && isPossible
  let host: RealHost
  let browser: Browser
  let day: Day

  beforeAll(async () => {
    if (!isOn) return
    ;[host, browser] = await Promise.all([open(), openBrowser(executable)])
    const context = await browser.newContext()
    context.setDefaultTimeout(PATIENCE_MS)
    let socket: WebSocketRoute | undefined
    await context.routeWebSocket(/\/ws\//, (opened) => {
      opened.connectToServer()
      socket = opened
    })
    const on = dashboardPage(await context.newPage())
    await on.page.goto(host.url)
    day = { host, on, ...actsOf(host, on), cut: async () => socket?.close({ code: 1012 }) }
  })
  afterAll(async () => {
    await browser?.close()
    await host?.[Symbol.asyncDispose]()
  })
  // The day goes on where a test stopped: after one that failed, the others could only wait for what will not come.
  let failed: string | undefined
  const given: Parameters<Chapter>[0] = (name, act) =>
    test.skipIf(!isOn)(name, async ({ skip }) => {
      if (failed !== undefined) return skip(`“${failed}” failed before it`)
      failed = name
      await act(day).catch(async (error: unknown) => {
        throw new Error(`Failed to go on while the page said:\n${await day.on.tells()}`, { cause: error })
      })
      failed = undefined
    })
  for (const chapter of chapters) chapter(given)
}

type Acts = Pick<Day, 'run' | 'runNow' | 'stored' | 'eventually' | 'settled'>

function actsOf(host: RealHost, on: DashboardPage): Acts {
  const eventually: Day['eventually'] = (read) => expect.poll(read, { timeout: PATIENCE_MS })
  const stored: Day['stored'] = (sql) => eventually(() => host.rows(sql))
  return {
    eventually,
    stored,
    settled: () => stored(UNSETTLED).toEqual([{ runs: 0, outdated: 0 }]),
    async run(job, end, begin) {
      const [{ last } = { last: 0 }] = await host.rows<{ last: number }>(
        'SELECT coalesce(max(id), 0) AS last FROM etl_runs',
      )
      await begin()
      const states = `
        SELECT r.state FROM etl_runs r JOIN etl_jobs j ON j.id = r.job_id
         WHERE r.id > ${last} AND j.job_name = '${job}' ORDER BY r.id LIMIT 1`
      await stored(states).toEqual([{ state: end.toLowerCase() }])
      await on.sees(job, end)
    },
    runNow: (job) => on.job(job).getByRole('button', { name: 'Run Now' }).click(),
  }
}
