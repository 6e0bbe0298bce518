import type { Locator, Page } from 'playwright-core'

const MOST_CHARACTERS = 3_000

/** What people see of a dashboard, in their words. */
export interface DashboardPage {
  readonly page: Page
  /** The card of a job. */
  job(name: string): Locator
  /** Waits until the card of a job says so. */
  sees(job: string, overall: 'READY' | 'RUNNING' | 'FINISHED' | 'FAILED'): Promise<void>
  /** Opens a page by the sidebar. */
  visit(name: string): Promise<void>
  /** Waits until the page says this, in a message or anywhere else. */
  hears(words: string | RegExp): Promise<void>
  /** The dialog that is open. */
  readonly dialog: Locator
  /** Waits until no dialog is open. */
  dialogCloses(): Promise<void>
  /** The row of a table that holds these words. */
  row(table: string, words: string | RegExp): Locator
  press(button: string | RegExp): Promise<void>
  /** What the page says, as far as it is worth reading; the page is of no use afterwards. */
  tells(): Promise<string>
  /** Presses a button of a group. */
  choose(group: string, button: string): Promise<void>
}

export function dashboardPage(page: Page): DashboardPage {
  const dialog = page.getByRole('dialog')
  const job = (name: string): Locator => page.getByRole('article', { name: `Job ${name}`, exact: true })
  return {
    page,
    job,
    dialog,
    sees: (name, overall) => job(name).getByText(overall, { exact: true }).waitFor(),
    visit: (name) => page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true }).click(),
    hears: (words) => page.getByText(words).first().waitFor(),
    dialogCloses: () => dialog.waitFor({ state: 'detached' }),
    row: (table, words) => page.getByRole('table', { name: table }).getByRole('row').filter({ hasText: words }),
    async tells() {
      // Lists to choose from say what might be, at length.
      await page.locator('option:not(:checked)').evaluateAll((options) => {
        for (const option of options) option.remove()
      })
      return (await page.locator('body').innerText()).replace(/\n+/g, ' · ').slice(-MOST_CHARACTERS)
    },
    choose: (group, button) =>
      page.getByRole('group', { name: group, exact: true }).getByRole('button', { name: button, exact: true }).click(),
    press: (name) => page.getByRole('button', { name, exact: true }).click(),
  }
}
