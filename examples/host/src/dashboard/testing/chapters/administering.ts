import type { Chapter, Day } from '../operator-day.ts'

const EMAIL = 'grace@example.com'
const PASSWORD = 'a password of grace'

/** People, accounts, jobs and workers. */
export const administering: Chapter = (given) => {
  given('adds, changes and deletes a user, changes the own password, and finds all of it on record', async (day) => {
    const { host, on, stored } = day
    const user = `SELECT display_name, role, active FROM users WHERE email = '${EMAIL}'`
    await on.visit('Users')
    await on.press('Add user')
    await on.dialog.getByLabel('E-mail').fill(EMAIL)
    await on.dialog.getByLabel('Name').fill('Grace Hopper')
    await on.dialog.getByLabel('Password').fill(PASSWORD)
    await on.press('Save')
    await on.dialogCloses()
    await on.row('Users', 'Grace Hopper').waitFor()
    await stored(user).toEqual([{ display_name: 'Grace Hopper', role: 'user', active: true }])
    await on.press(`Edit ${EMAIL}`)
    await on.dialog.getByLabel('Role').selectOption('operator')
    await on.dialog.getByLabel('May log in').uncheck()
    await on.press('Save')
    await on.dialogCloses()
    await on.row('Users', 'Grace Hopper').getByText('locked out').waitFor()
    await stored(user).toEqual([{ display_name: 'Grace Hopper', role: 'operator', active: false }])
    await on.press(`Delete ${EMAIL}`)
    await on.press('Delete the user')
    await on.dialogCloses()
    await on.row('Users', 'Grace Hopper').waitFor({ state: 'detached' })
    await stored(user).toEqual([])

    await on.press(/^Menu of/)
    await on.page.getByRole('menuitem', { name: 'Change password' }).click()
    await on.dialog.getByLabel('Current password').fill(host.login.password)
    await on.dialog.getByLabel('New password').fill(PASSWORD)
    await on.press('Save')
    await on.dialogCloses()
    await on.visit('Audit log')
    for (const action of ['changePassword', 'deleteUser', 'updateUser', 'createUser'])
      await on.row('Audit log', action).first().waitFor()
  })

  given('drains a worker, and has it restart', async ({ host, on }) => {
    await on.visit('Workers')
    const worker = on.page.getByRole('table', { name: 'Workers' }).getByRole('row').filter({ hasText: 'transform' })
    await worker.getByText('working').waitFor()
    const drain = worker.getByRole('button', { name: 'Drain' })
    if (host.sharesWorkers) {
      await drain.click()
      await on.hears(/they serve other tenants too/)
      await host.closeOtherTenants()
    }
    await drain.click()
    await worker.getByText('drained').waitFor()
    await worker.getByRole('button', { name: 'Restart' }).click()
    await host.superviseRestart()
    await worker.filter({ hasText: 'working' }).first().waitFor()
  })

  given('adds an account and a job that reads it, changes both, and deletes them with their data', async (day) => {
    const { host, on, run, stored } = day
    const accounts = `SELECT name, base_url, active FROM integrations WHERE name LIKE 'Second%'`
    const baseUrl = await addressOfTracker(day)
    await on.visit('Integrations')
    await on.press('Add integration')
    await on.dialog.getByLabel('Name', { exact: true }).fill('Second site')
    await on.dialog.getByLabel('Kind').selectOption('jira')
    await on.dialog.getByLabel('Base URL').fill(baseUrl)
    await on.dialog.getByLabel('User name').fill('demo@example.com')
    await on.dialog.getByLabel('Credentials (JSON)').fill('{ "apiToken": "demo-token" }')
    await on.dialog.getByLabel('Settings (JSON)').fill('{ "includeDevStatus": "perhaps" }')
    await on.press('Add integration')
    const card = on.page.getByRole('article', { name: /Integration Second/ })
    await card.getByRole('button', { name: 'Check connection' }).click()
    await card.getByText('includeDevStatus').waitFor()
    await on.press('Edit Second site')
    await on.dialog.getByLabel('Name', { exact: true }).fill('Second account')
    await on.dialog.getByLabel('Settings (JSON)').fill('{ "includeDevStatus": false }')
    await on.press('Save changes')
    await on.dialogCloses()
    await card.getByRole('button', { name: 'Check connection' }).click()
    await card.getByText('Connected as').waitFor()
    await stored(accounts).toEqual([{ name: 'Second account', base_url: baseUrl, active: true }])

    await on.visit('Home')
    await on.press('Add job')
    await on.dialog.getByLabel('Name').fill('Second')
    await on.dialog.getByLabel('Connector').selectOption('jira')
    await on.dialog.getByLabel('Account').selectOption('Second account')
    await run('Second', 'FINISHED', () => on.press('Save'))
    await on.job('Second').getByRole('button', { name: 'Settings' }).click()
    await on.dialog.getByLabel('Name').fill('Third')
    await on.press('Save settings')
    await on.dialogCloses()
    await on.job('Third').waitFor()
    const [{ id } = { id: 0 }] = await host.rows<{ id: number }>(
      `SELECT id FROM integrations WHERE name = 'Second account'`,
    )
    const items = `SELECT count(*)::integer AS count FROM work_items WHERE integration_id = ${id}`
    await stored(items).toEqual([{ count: await countOfItems(day) }])

    await on.visit('Integrations')
    await card.getByRole('switch').click()
    await card.getByText('Off', { exact: true }).waitFor()
    await stored(accounts).toEqual([{ name: 'Second account', base_url: baseUrl, active: false }])
    await on.press('Delete Second account')
    await on.press('Delete it and its data')
    await on.hears(/Deleted Second account with [\d,]{3,} rows/)
    await card.waitFor({ state: 'detached' })
    await stored(accounts).toEqual([])
    await stored(items).toEqual([{ count: 0 }])
    await on.visit('Home')
    await on.job('Third').getByText('No integration').waitFor()
  })
}

async function addressOfTracker({ host }: Day): Promise<string> {
  const [found] = await host.rows<{ base_url: string }>(`SELECT base_url FROM integrations WHERE name = 'Jira demo'`)
  return found?.base_url ?? ''
}

/** What the tracker has, by the account that reads it from the beginning. */
async function countOfItems({ host }: Day): Promise<number> {
  const [found] = await host.rows<{ count: number }>(`
    SELECT count(*)::integer AS count FROM work_items w JOIN integrations i ON i.id = w.integration_id
     WHERE i.name = 'Jira demo' AND w.active`)
  return found?.count ?? 0
}
