import axe from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { JobStatus } from '../api/contract/jobs.ts'
import { DASHBOARD_PAGES } from './dashboard-routes.ts'
import { type Answers, assertContract, CANNED_ANSWERS, EMPTY_ANSWERS } from './testing/canned-answers.ts'
import { answerCanned, type CannedHost, serveDashboardAlone } from './testing/canned-host.ts'
import { openBrowser } from './testing/open-browser.ts'

/** `npm test` finds or installs one, and builds the dashboard. */
const executable = process.env.CHROMIUM_PATH

describe('what is canned', () => {
  it('is what the contract says', () => {
    assertContract(CANNED_ANSWERS)
    assertContract(EMPTY_ANSWERS)
  })
})

describe.skipIf(!executable)('the dashboard in a browser', () => {
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

  async function open(options: {
    readonly path?: string
    readonly answers?: Answers
    readonly look?: 'dark' | 'light'
    readonly loggedIn?: boolean
  }): Promise<{ readonly page: Page; readonly host: CannedHost }> {
    context = await browser.newContext({ colorScheme: options.look ?? 'light', reducedMotion: 'reduce' })
    const host = await answerCanned(context, options.answers ?? CANNED_ANSWERS)
    if (options.loggedIn ?? true) await context.addInitScript(() => localStorage.setItem('millrace.token', 'canned'))
    const page = await context.newPage()
    await page.goto(served.url + (options.path ?? '/'))
    return { page, host }
  }

  async function seriousViolations(page: Page): Promise<readonly string[]> {
    await page.evaluate(axe.source)
    const violations = await page.evaluate(async () => {
      const { axe: inPage } = globalThis as unknown as { readonly axe: typeof axe }
      return (await inPage.run()).violations.map(({ id, impact, nodes }) => ({ id, impact, html: nodes[0]?.html }))
    })
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, html }) => `${id}: ${html}`)
  }

  it.each(
    DASHBOARD_PAGES.flatMap((path) => [
      { path, look: 'dark' as const },
      { path, look: 'light' as const },
    ]),
  )('has no serious violation that axe finds on $path, $look', async ({ path, look }) => {
    const { page } = await open({ path, look })
    await page.locator('h1').waitFor()
    await page.waitForLoadState('networkidle')
    expect(await seriousViolations(page)).toEqual([])
  })

  it('says at once that the server has an outage, while it goes on trying', async () => {
    const { me, createTicket } = CANNED_ANSWERS
    const { page, host } = await open({
      path: '/workers',
      answers: { ...(me && { me }), ...(createTicket && { createTicket }) },
    })
    await page.getByRole('alert').getByText('Failed to reach the database').waitFor({ timeout: 3_000 })
    host.change(CANNED_ANSWERS)
    await page.getByRole('table', { name: 'Workers' }).waitFor()
  })

  it('loads less than 300 kB of compressed script before it shows the jobs', async () => {
    const { page } = await open({})
    await page.getByRole('article', { name: 'Job Jira' }).waitFor()
    const sizes = await page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .filter((entry) => entry.name.endsWith('.js'))
        .map((entry) => (entry as unknown as { readonly encodedBodySize: number }).encodedBodySize),
    )
    const total = sizes.reduce((sum, size) => sum + size, 0)
    expect(total).toBeGreaterThan(50_000)
    expect(total).toBeLessThan(300_000)
  })

  it('lets people in who have an account, and says why it does not', async () => {
    const { page, host } = await open({ loggedIn: false })
    await page.getByLabel('E-mail').fill('ada@example.com')
    await page.getByLabel('Password').fill('wrong')
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('alert').getByText('Failed to reach the database').waitFor()
    expect(await seriousViolations(page)).toEqual([])
    const { me } = CANNED_ANSWERS
    if (!me) throw new Error('Nobody is canned.')
    host.change({ login: { token: 't', token_type: 'Bearer', expires_at: '2026-12-01T00:00:00Z', user: me } })
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('heading', { name: 'ETL Jobs Dashboard' }).waitFor()
  })

  it('follows a run to its end without a reload', async () => {
    const { page, host } = await open({})
    const jira = page.getByRole('article', { name: 'Job Jira' })
    await jira.getByText('RUNNING', { exact: true }).waitFor()
    const finished: JobStatus = { overall: 'FINISHED', revision: 9, open_dead_letters: 0, steps: {} }
    const jobs = CANNED_ANSWERS.listJobs?.map((job) =>
      job.id === 2 ? { ...job, status: 'FINISHED' as const, status_detail: finished } : job,
    )
    host.change({ ...(jobs && { listJobs: jobs }) })
    await page.getByText('Live', { exact: true }).waitFor()
    host.announce({ type: 'job_status_update', tenant_id: 1, job_id: 2, status: finished })
    await jira.getByText('FINISHED', { exact: true }).waitFor()
  })

  it('says that the connection is lost, and that it is back', async () => {
    const { page, host } = await open({})
    await page.getByText('Live', { exact: true }).waitFor()
    host.cut()
    await page.getByText('Connected again').waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
  })

  it('saves settings by a preset, and refuses to retry later than scheduled', async () => {
    const { page, host } = await open({})
    host.change({
      setJobSettings: {
        success: true,
        message: 'Saved.',
        job_id: 2,
        schedule_interval_minutes: 60,
        retry_interval_minutes: 30,
      },
    })
    await page.getByRole('article', { name: 'Job Jira' }).getByRole('button', { name: 'Settings' }).click()
    const dialog = page.getByRole('dialog')
    await dialog
      .getByRole('group', { name: /schedule/ })
      .getByRole('button', { name: '1h' })
      .click()
    await dialog.getByLabel('Retry interval (minutes)').fill('60')
    await dialog.getByText('must be shorter than the schedule interval').waitFor()
    expect(await dialog.getByRole('button', { name: 'Save settings' }).isDisabled()).toBe(true)
    await dialog.getByRole('group', { name: /retry/ }).getByRole('button', { name: '30m' }).click()
    expect(await seriousViolations(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Save settings' }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(host.asked.find(({ name }) => name === 'setJobSettings')?.body).toEqual({
      schedule_interval_minutes: 60,
      retry_interval_minutes: 30,
    })
  })

  it('shows what a job did, with what to do about failures', async () => {
    const { page } = await open({})
    await page.getByRole('article', { name: 'Job GitHub' }).getByRole('button', { name: 'Details' }).click()
    await page.getByRole('dialog').getByText('Create a new token and store it in the integration.').waitFor()
    await page.getByRole('dialog').getByText('Throughput').waitFor()
    expect(await seriousViolations(page)).toEqual([])
  })

  it('closes a dialog with Escape, and gives the focus back to what opened it', async () => {
    const { page } = await open({})
    const opener = page.getByRole('article', { name: 'Job Jira' }).getByRole('button', { name: 'Details' })
    await opener.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await expect.poll(() => opener.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true)
  })

  it('requeues the dead letters that were chosen', async () => {
    const { page, host } = await open({ path: '/queues' })
    await page.getByLabel('Choose dead letter 4711').check()
    await page.getByRole('button', { name: 'Requeue' }).click()
    await page.getByText('Requeued: 1 in the run under way').waitFor()
    expect(host.asked.find(({ name }) => name === 'requeueDeadLetters')?.body).toEqual({ ids: [4711] })
  })

  it('deletes what is used only after asking where to move it', async () => {
    const { page } = await open({ path: '/hierarchies' })
    await page.getByRole('button', { name: 'Delete Story' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('User Story').waitFor()
    expect(await dialog.getByRole('button', { name: 'Move and delete' }).isDisabled()).toBe(true)
    await dialog.getByLabel('Move them to').selectOption({ label: 'Epic' })
    expect(await dialog.getByRole('button', { name: 'Move and delete' }).isEnabled()).toBe(true)
    expect(await seriousViolations(page)).toEqual([])
  })
})
