/**
 * `npm run screenshots -- <folder>`: pictures of every page of the dashboard, dark and light, on a desk and on a telephone,
 * with data, empty and in an outage, and of the dialogs.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DASHBOARD_PAGES } from '../examples/host/src/dashboard/dashboard-routes.ts'
import { type Answers, CANNED_ANSWERS, EMPTY_ANSWERS } from '../examples/host/src/dashboard/testing/canned-answers.ts'
import { DIALOGS, type DialogName, openDialog } from '../examples/host/src/dashboard/testing/canned-dialogs.ts'
import { answerCanned, serveDashboardAlone } from '../examples/host/src/dashboard/testing/canned-host.ts'
import { CANNED_PROGRESS } from '../examples/host/src/dashboard/testing/canned-jobs.ts'
import { openBrowser } from '../examples/host/src/dashboard/testing/open-browser.ts'
import { chromium } from './services/chromium.ts'

const [folder = 'screenshots'] = process.argv.slice(2)
const DESK = { width: 1440, height: 900 }
const TELEPHONE = { width: 390, height: 844 }
const { me, createTicket } = CANNED_ANSWERS
const OUTAGE: Answers = { ...(me && { me }), ...(createTicket && { createTicket }) }

const browserProgram = await chromium.provide()
if ('reason' in browserProgram)
  throw new Error(`Failed to find a browser: ${browserProgram.reason}. Install one and try again.`)
mkdirSync(folder, { recursive: true })
const served = await serveDashboardAlone()
const browser = await openBrowser(browserProgram.environment.CHROMIUM_PATH ?? '')

async function picture(name: string, look: 'dark' | 'light', viewport: typeof DESK, answers: Answers): Promise<void> {
  const context = await browser.newContext({ viewport, colorScheme: look, reducedMotion: 'reduce' })
  const host = await answerCanned(context, answers)
  await context.addInitScript(() => localStorage.setItem('millrace.token', 'canned'))
  const page = await context.newPage()
  for (const path of DASHBOARD_PAGES) {
    await page.goto(served.url + path)
    await settle(page)
    host.announce(CANNED_PROGRESS)
    // What sticks to the edges of the screen is to be at those of the picture.
    const height = Number(await page.evaluate('document.documentElement.scrollHeight'))
    await page.setViewportSize({ ...viewport, height: Math.max(height, viewport.height) })
    await page.screenshot({ path: join(folder, `${path.slice(1) || 'home'}-${name}.png`) })
    await page.setViewportSize(viewport)
  }
  await context.close()
}

/** Nothing that is shown is still on its way. */
async function settle(page: Awaited<ReturnType<typeof browser.newPage>>): Promise<void> {
  await page.locator('h1').waitFor()
  await page.waitForLoadState('networkidle')
  await page.getByRole('status').filter({ hasText: '…' }).first().waitFor({ state: 'detached' })
}

/** Those with something of their own to show. */
const PICTURED: readonly DialogName[] = [
  'settings',
  'details-github',
  'details-jira',
  'details-other',
  'integration',
  'dead-letter',
  'removal',
  'status',
  'user',
  'model',
]

async function dialogs(look: 'dark' | 'light', viewport: typeof DESK): Promise<void> {
  const context = await browser.newContext({ viewport, colorScheme: look, reducedMotion: 'reduce' })
  await answerCanned(context, CANNED_ANSWERS)
  const page = await context.newPage()
  await page.goto(served.url)
  await page.screenshot({ path: join(folder, `login-${look}.png`) })
  await page.evaluate(() => localStorage.setItem('millrace.token', 'canned'))
  for (const name of PICTURED) {
    await page.goto(served.url + DIALOGS[name].path)
    await openDialog(page, name)
    await page.getByRole('dialog').waitFor()
    await settle(page)
    await page.screenshot({ path: join(folder, `dialog-${name}-${look}.png`) })
  }
  await context.close()
}

try {
  await picture('dark', 'dark', DESK, CANNED_ANSWERS)
  await picture('light', 'light', DESK, CANNED_ANSWERS)
  await picture('telephone', 'light', TELEPHONE, CANNED_ANSWERS)
  await picture('empty', 'light', DESK, EMPTY_ANSWERS)
  await picture('outage', 'dark', DESK, OUTAGE)
  await dialogs('dark', DESK)
  await dialogs('light', TELEPHONE)
} finally {
  await browser.close()
  await served.close()
}
