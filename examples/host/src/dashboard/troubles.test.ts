import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import type { RouteName } from '../api/contract/routes.ts'
import { type Answers, CANNED_ANSWERS } from './testing/canned-answers.ts'
import { cannedDashboard, executable } from './testing/canned-dashboard.ts'
import { DIALOGS, type DialogName, openDialog } from './testing/canned-dialogs.ts'

/** What each page reads. */
const PAGES = {
  '/': ['listJobs'],
  '/integrations': ['listIntegrations'],
  '/queues': ['queueHealth', 'listDeadLetters'],
  '/workers': ['listWorkers'],
  '/custom-fields': ['listIntegrations', 'listCustomFields', 'showCustomFieldMapping', 'showCustomFieldValues'],
  '/wits': ['listWitMappings', 'listHierarchies', 'listWits'],
  '/hierarchies': ['listHierarchies'],
  '/statuses': ['listStatusMappings', 'listWorkflows', 'listStatuses'],
  '/workflows': ['listWorkflows'],
  '/qdrant': ['listCollections', 'listVectorTasks', 'vectorCoverage'],
  '/insights': ['timeInsights', 'throughputInsights', 'flowInsights', 'reviewInsights'],
  '/users': ['listUsers'],
  '/audit': ['listAuditLog'],
} as const satisfies Record<string, readonly RouteName[]>

/** What dialogs read besides. */
const READ_BY_DIALOGS = [
  { name: 'showJob', dialog: 'details-github' },
  { name: 'listRuns', dialog: 'details-github' },
  { name: 'showRun', dialog: 'details-other' },
  { name: 'listIntegrations', dialog: 'details-github' },
  { name: 'listIntegrations', dialog: 'details-jira' },
  { name: 'listIntegrations', dialog: 'settings' },
  { name: 'listConnectors', dialog: 'new-job' },
  { name: 'listConnectors', dialog: 'new-integration' },
  { name: 'showDeadLetter', dialog: 'dead-letter' },
  { name: 'hierarchyDependencies', dialog: 'removal' },
  { name: 'estimateModelChange', dialog: 'model' },
] as const satisfies readonly { readonly name: RouteName; readonly dialog: DialogName }[]

describe('what the dashboard reads', () => {
  it('is all told apart here', async () => {
    const folder = join(import.meta.dirname, '../../dashboard/src')
    const read = new Set<string>()
    for await (const file of glob('**/*.{ts,tsx}', { cwd: folder })) {
      const source = await readFile(join(folder, file), 'utf8')
      for (const [, name = ''] of source.matchAll(/\buseAnswer\(\s*'(\w+)'/g)) read.add(name)
    }
    const told = new Set<string>([...Object.values(PAGES).flat(), ...READ_BY_DIALOGS.map(({ name }) => name)])
    // Its dialog is that of four kinds, and looks the name of its route up.
    told.delete('hierarchyDependencies')
    expect([...read].sort()).toEqual([...told].sort())
  })
})

describe.skipIf(!executable)('when something cannot be read', { timeout: 300_000 }, () => {
  const open = cannedDashboard()

  it.each(Object.entries(PAGES).flatMap(([path, names]) => names.map((name) => ({ path, name }))))(
    '$path says so of $name, and reads it when told to try again',
    async ({ path, name }) => {
      const { page, host } = await open({ path, answers: without(name) })
      await retriesOf(page).first().waitFor()
      host.change(CANNED_ANSWERS)
      await recovers(page)
    },
  )

  it.each(READ_BY_DIALOGS)('the dialog $dialog says so of $name', async ({ dialog, name }) => {
    const { page, host } = await open({ path: DIALOGS[dialog].path, answers: without(name) })
    await openDialog(page, dialog)
    await retriesOf(page).first().waitFor()
    host.change(CANNED_ANSWERS)
    await recovers(page)
  })

  it('what a run warned of stands in its details', async () => {
    const { page } = await open({ path: DIALOGS['details-jira'].path })
    await openDialog(page, 'details-jira')
    await page.getByText('They are closed to this token, so those that were read before stay as they are.').waitFor()
  })

  it('what was read before stays, and is said to be old', async () => {
    const { page, host } = await open({ path: '/queues' })
    await page.getByText('12,408').waitFor()
    host.change(without('queueHealth'))
    await page.getByText('What stands below may be old.').waitFor()
    expect(await page.getByText('12,408').count()).toBe(1)
    host.change(CANNED_ANSWERS)
    await page.getByText('What stands below may be old.').waitFor({ state: 'detached' })
  })

  it('an answer that is not what the contract says is told in words, and not asked for again', async () => {
    const { page } = await open({})
    let answered = 0
    await page.route(/\/app\/etl\/users/, (route) => {
      answered += 1
      return route.fulfill({ json: [{ id: 'one', name: 7 }] })
    })
    await page.getByRole('link', { name: 'Users' }).click()
    await page.getByRole('alert').getByText('it is of another version than this page').waitFor()
    expect(answered).toBe(1)
  })
})

const without = (name: RouteName): Answers => ({ ...CANNED_ANSWERS, [name]: undefined })

const alertsOf = (page: Page) => page.getByRole('alert').filter({ hasText: 'Failed to reach the database' })
const retriesOf = (page: Page) => alertsOf(page).getByRole('button', { name: 'Try again' })

/** Expects that nothing is wrong any more in a while; a button that is pressed may be gone before that is heard of. */
async function recovers(page: Page): Promise<void> {
  const pressed = async (): Promise<number> => {
    await retriesOf(page)
      .first()
      .click({ timeout: 1_000 })
      .catch(() => undefined)
    return alertsOf(page).count()
  }
  await expect.poll(pressed, { timeout: 90_000 }).toBe(0)
}
