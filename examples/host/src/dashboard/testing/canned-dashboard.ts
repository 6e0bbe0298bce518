import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { type Answers, CANNED_ANSWERS } from './canned-answers.ts'
import { answerCanned, type CannedHost, serveDashboardAlone } from './canned-host.ts'
import { openBrowser } from './open-browser.ts'

/** `npm test` finds or installs one, and builds the dashboard. */
export const executable = process.env.CHROMIUM_PATH

interface Opening {
  /** @default '/' */
  readonly path?: string
  /** @default CANNED_ANSWERS */
  readonly answers?: Answers
  /** @default true */
  readonly loggedIn?: boolean
}

/** Opens the dashboard in a browser of the suite that calls this, on canned answers; it is closed after each test. */
export function cannedDashboard(): (
  opening: Opening,
) => Promise<{ readonly page: Page; readonly host: CannedHost; readonly url: string }> {
  let browser: Browser
  let served: Awaited<ReturnType<typeof serveDashboardAlone>>
  let context: BrowserContext | undefined

  beforeAll(async () => {
    served = await serveDashboardAlone()
    browser = await openBrowser(executable ?? '')
  })
  afterEach(() => context?.close())
  afterAll(async () => {
    await browser.close()
    await served.close()
  })

  return async ({ path = '/', answers = CANNED_ANSWERS, loggedIn = true }) => {
    context = await browser.newContext({ colorScheme: 'light', reducedMotion: 'reduce' })
    // Only how long one waits in vain depends on it.
    context.setDefaultTimeout(90_000)
    const host = await answerCanned(context, answers)
    if (loggedIn) await context.addInitScript(() => localStorage.setItem('millrace.token', 'canned'))
    const page = await context.newPage()
    await page.goto(served.url + path)
    return { page, host, url: served.url }
  }
}
