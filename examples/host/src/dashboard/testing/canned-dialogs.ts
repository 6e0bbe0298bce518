import type { Page } from 'playwright-core'

/** Dialogs over the canned answers: the page that each is on, and which button of that name opens it. */
export const DIALOGS = {
  'details-github': { path: '/', button: 'Details', nth: 0 },
  'details-other': { path: '/', button: 'Details', nth: 1 },
  'details-jira': { path: '/', button: 'Details', nth: 2 },
  settings: { path: '/', button: 'Settings', nth: 2 },
  'new-job': { path: '/', button: 'Add job', nth: 0 },
  integration: { path: '/integrations', button: 'Edit Acme Jira', nth: 0 },
  'new-integration': { path: '/integrations', button: 'Add integration', nth: 0 },
  'dead-letter': { path: '/queues', button: 'Inspect dead letter 4711', nth: 0 },
  removal: { path: '/hierarchies', button: 'Delete Story', nth: 0 },
  status: { path: '/statuses', button: 'Edit Done', nth: 0 },
  user: { path: '/users', button: 'Edit grace@example.com', nth: 0 },
  model: { path: '/qdrant', button: 'Change the model', nth: 0 },
} as const

export type DialogName = keyof typeof DIALOGS

/** Opens a dialog of the page that is shown. */
export async function openDialog(page: Page, name: DialogName): Promise<void> {
  const { button, nth } = DIALOGS[name]
  await page.getByRole('button', { name: button, exact: true }).nth(nth).click()
}
