import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import type { JobStatus } from '../api/contract/jobs.ts'
import { DASHBOARD_PAGES } from './dashboard-routes.ts'
import { assertContract, CANNED_ANSWERS, EMPTY_ANSWERS } from './testing/canned-answers.ts'
import { cannedDashboard, executable } from './testing/canned-dashboard.ts'
import { CANNED_JOBS } from './testing/canned-jobs.ts'

const TELEPHONE = { width: 390, height: 844 }

describe('what is canned', () => {
  it('is what the contract says', () => {
    assertContract(CANNED_ANSWERS)
    assertContract(EMPTY_ANSWERS)
  })
})

describe.skipIf(!executable)('the dashboard in a browser', { timeout: 300_000 }, () => {
  const open = cannedDashboard()

  /** Of the whole page, or of the dialog over it. */
  async function seriousViolations(page: Page, within = 'html'): Promise<readonly string[]> {
    await page.evaluate(axe.source)
    const violations = await page.evaluate(async (selector) => {
      const { axe: inPage } = globalThis as unknown as { readonly axe: typeof axe }
      return (await inPage.run(selector)).violations.map(({ id, impact, nodes }) => ({
        id,
        impact,
        html: nodes[0]?.html,
      }))
    }, within)
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, html }) => `${id}: ${html}`)
  }

  it.each(DASHBOARD_PAGES)(
    'has no serious violation that axe finds on %s, light and dark, and fits a telephone',
    async (path) => {
      const { page } = await open({ path })
      await page.locator('h1').waitFor()
      await page.waitForLoadState('networkidle')
      expect(await seriousViolations(page), 'light').toEqual([])
      await page.getByRole('button', { name: 'Switch to the dark theme' }).click()
      expect(await seriousViolations(page), 'dark').toEqual([])
      await page.setViewportSize(TELEPHONE)
      await expect.poll(() => page.evaluate('document.documentElement.scrollWidth')).toBe(TELEPHONE.width)
      const widerThanTheirBox = `[...document.querySelectorAll('section:has(> table)')].filter((box) => box.scrollWidth > box.clientWidth).length`
      expect(await page.evaluate(widerThanTheirBox), 'tables that are cut').toBe(0)
      expect(await seriousViolations(page), 'telephone').toEqual([])
    },
  )

  it('says at once that the server has an outage, while it goes on trying', async () => {
    const { me, createTicket } = CANNED_ANSWERS
    const { page, host } = await open({ answers: { ...(me && { me }), ...(createTicket && { createTicket }) } })
    const goesOn = Promise.withResolvers<void>()
    let asked = 0
    await page.route(/\/app\/etl\/workers/, async (route) => {
      asked += 1
      if (asked > 1) await goesOn.promise
      await route.fallback()
    })
    await page.getByRole('link', { name: 'Workers' }).click()
    // Whatever is asked again has no answer yet.
    await page.getByRole('alert').getByText('Failed to reach the database').waitFor()
    host.change(CANNED_ANSWERS)
    goesOn.resolve()
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

  it('has no serious violation that axe finds where people log in, and says why it does not let them in', async () => {
    const { page } = await open({ loggedIn: false })
    await page.getByLabel('E-mail').fill('ada@example.com')
    await page.getByLabel('Password').fill('wrong')
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('alert').getByText('Failed to reach the database').waitFor()
    for (const theme of ['light', 'dark'] as const) {
      await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`)
      expect(await seriousViolations(page), theme).toEqual([])
    }
  })

  const DIALOGS: readonly { readonly path: string; readonly button: string; readonly says: string; nth?: number }[] = [
    { path: '/', button: 'Add job', says: 'Connector' },
    { path: '/', button: 'Settings', says: 'No other job waits for it' },
    { path: '/', button: 'Details', says: 'Create a new token and store it in the integration.' },
    { path: '/', button: 'Details', nth: 1, says: '41 of 41 read, 0 waiting' },
    { path: '/', button: 'Details', nth: 3, says: 'This program has no connector “wex_ad”' },
    { path: '/integrations', button: 'Edit Acme Jira', says: 'Leave empty to keep them' },
    { path: '/integrations', button: 'Delete Acme Jira', says: 'This cannot be taken back' },
    { path: '/queues', button: 'Inspect dead letter 4711', says: 'Restore the field, then requeue.' },
    { path: '/wits', button: 'Add mapping', says: 'Type at the provider' },
    { path: '/hierarchies', button: 'Delete Story', says: 'must be moved first' },
    { path: '/statuses', button: 'Edit Done', says: 'Time in this status is review time' },
    { path: '/workflows', button: 'Edit Backlog', says: 'Lead time begins' },
    { path: '/qdrant', button: 'Change the model', says: '79,400 texts' },
    { path: '/users', button: 'Edit grace@example.com', says: 'Leave empty to keep the present one' },
  ]
  it.each(DIALOGS)(
    'has no serious violation that axe finds in the dialog “$button” of $path that says “$says”, light and dark',
    async ({ path, button, nth = 0, says }) => {
      const { page } = await open({ path })
      await page.getByRole('button', { name: button, exact: true }).nth(nth).click()
      await page.getByRole('dialog').getByText(says).first().waitFor()
      for (const theme of ['light', 'dark'] as const) {
        await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`)
        expect(await seriousViolations(page, '[role=dialog]'), theme).toEqual([])
      }
    },
  )

  it('shows the newest of what it was told, although an older answer came last', async () => {
    const { page, host } = await open({})
    const jira = page.getByRole('article', { name: 'Job Jira' })
    await jira.getByText('RUNNING', { exact: true }).waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    const asked = page.waitForResponse(/\/app\/etl\/jobs$/)
    const status: JobStatus = { overall: 'FINISHED', revision: 9, open_dead_letters: 0, steps: {} }
    host.announce({ type: 'job_status_update', tenant_id: 1, job_id: 2, status })
    await asked
    await jira.getByText('FINISHED', { exact: true }).waitFor()
    // Other jobs of that older answer are shown by then, and so would this one be.
    host.change({ listJobs: CANNED_JOBS.map((job) => ({ ...job, job_name: `Later ${job.job_name}` })) })
    host.announce({ type: 'job_status_update', tenant_id: 1, job_id: 1, status: { ...status, revision: 19 } })
    const later = page.getByRole('article', { name: 'Job Later Jira' })
    await later.waitFor()
    expect(await later.getByText('FINISHED', { exact: true }).count()).toBe(1)
  })

  it('shows what a run brought that was over before anything but its end was announced', async () => {
    const { page, host } = await open({ path: '/custom-fields' })
    await page.getByText('filled in 1,874 of the 2,000 latest items').waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    const status: JobStatus = { overall: 'FINISHED', revision: 9, open_dead_letters: 0, steps: {} }
    host.announce({ type: 'job_status_update', tenant_id: 1, job_id: 2, status })
    host.change({
      showCustomFieldValues: { looked_at: 2_000, columns: [{ column: 'team', filled: 1_900, samples: ['Payments'] }] },
    })
    host.announce({ type: 'job_status_update', tenant_id: 1, job_id: 2, status: { ...status, revision: 14 } })
    await page.getByText('filled in 1,900 of the 2,000 latest items').waitFor()
  })

  it('requeues all dead letters at once', async () => {
    const { page } = await open({ path: '/queues' })
    await page.getByRole('button', { name: 'Choose all 2' }).click()
    await page.getByText('2 chosen').waitFor()
    const asked = page.waitForRequest(/\/dead-letters\/requeue$/)
    await page.getByRole('button', { name: 'Requeue' }).click()
    expect((await asked).postDataJSON()).toEqual({ ids: [4711, 4712] })
  })

  it('sends what was changed of an entry, and nothing that somebody else may have changed meanwhile', async () => {
    const { page } = await open({ path: '/workflows' })
    await page.getByRole('button', { name: 'Edit Backlog' }).click()
    await page.getByRole('dialog').getByLabel('Name').fill('Ideas')
    const asked = page.waitForRequest((request) => request.method() === 'PUT')
    await page.getByRole('button', { name: 'Save' }).click()
    expect((await asked).postDataJSON()).toEqual({ step_name: 'Ideas' })
  })

  it('keeps the theme and the sidebar that people chose, names the symbols, and turns dark logos white on dark', async () => {
    const { page } = await open({})
    const logo = page.getByRole('article', { name: 'Job GitHub' }).locator('img')
    const filterOf = (): Promise<string | null> => logo.getAttribute('style')
    await expect.poll(filterOf).toBeNull()
    await page.getByRole('button', { name: 'Switch to the dark theme' }).click()
    await page.getByRole('button', { name: 'Collapse' }).click()
    await page.reload()
    await expect.poll(filterOf).toContain('invert(1)')
    await page.getByRole('link', { name: 'Queues' }).hover()
    await page.getByRole('tooltip', { name: 'Queues' }).waitFor()
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
})
