import type { Chapter, Day } from '../operator-day.ts'
import { CONTENT } from '../real-host.ts'

const SEARCHES = '*/search/jql'
const DEAD = `SELECT count(*)::integer AS count FROM etl_job_queue WHERE status = 'dead'`

/** What one does to jobs, and what jobs do to one. */
export const operatingJobs: Chapter = (given) => {
  given('changes how often a job runs, and switches it off and on', async ({ on, run, runNow, stored }) => {
    const jira = on.job('Jira')
    await jira.getByRole('button', { name: 'Settings' }).click()
    await on.choose('Presets of schedule interval (minutes)', '1h')
    await on.dialog.getByLabel('Retry interval (minutes)').fill('60')
    await on.hears('must be shorter than the schedule interval')
    await on.choose('Presets of retry interval (minutes)', '5m')
    await on.press('Save settings')
    await on.dialogCloses()
    await jira.getByText('Interval: 1h').waitFor()
    const settings = `
      SELECT schedule_interval_minutes AS schedule, retry_interval_minutes AS retry FROM etl_jobs WHERE job_name = 'Jira'`
    await stored(settings).toEqual([{ schedule: 60, retry: 5 }])

    await jira.getByRole('switch').click()
    await jira.getByText('Off', { exact: true }).waitFor()
    await runNow('Jira')
    await on.hears('the job is inactive')
    await run('Jira', 'FINISHED', () => jira.getByRole('switch').click())
    await run('GitHub', 'FINISHED', () => on.job('GitHub').getByRole('switch').click())
    const pulls = 'SELECT count(*)::integer AS count FROM prs WHERE active'
    await stored(pulls).toEqual([{ count: CONTENT.pullRequests }])
  })

  given('starts a run in another way, and cancels it', async ({ host, on, stored }) => {
    await host.fault({ kind: 'latency', ms: 60_000, path: SEARCHES })
    const jira = on.job('Jira')
    await jira.getByRole('button', { name: 'Other ways to run Jira' }).click()
    await on.page.getByRole('menuitem', { name: /^Full sync/ }).click()
    // The card may still say RUNNING of the run before.
    const last = 'SELECT mode, state FROM etl_runs ORDER BY id DESC LIMIT 1'
    await stored(last).toEqual([{ mode: 'full', state: 'running' }])
    await on.sees('Jira', 'RUNNING')
    await jira.getByRole('button', { name: 'Details' }).click()
    await on.press('Cancel and reset')
    await stored(last).toEqual([{ mode: 'full', state: 'cancelled' }])
    await on.dialog.getByText('READY', { exact: true }).waitFor()
    await on.press('Close')
  })

  given('sees in the details what is special to Jira and to GitHub', async ({ on }) => {
    await on.job('Jira').getByRole('button', { name: 'Details' }).click()
    await on.dialog.getByText('All that the account may browse').waitFor()
    await on.dialog.getByText(/The next run asks for issues that changed since/).waitFor()
    await on.row('Checkpoints', 'Issues & Changelogs').waitFor()
    await on.row('Steps of the run', 'Issues & Changelogs').waitFor()
    await on.press('Close')
    await on.job('GitHub').getByRole('button', { name: 'Details' }).click()
    await on.dialog.getByText('Repository queue').waitFor()
    await on.dialog
      .getByText(/^(\d+) of \1 read, 0 waiting$/)
      .first()
      .waitFor()
    await on.row('Checkpoints', 'Pull Requests').waitFor()
    await on.press('Close')
  })

  given('sees in the details of any other job what it is, where it stands and what it lacks', async ({ on }) => {
    await on.job('WEX AD').getByText('This program has no connector “wex_ad”').waitFor()
    await on.job('WEX AD').getByRole('button', { name: 'Details' }).click()
    await on.dialog.getByRole('heading', { name: 'WEX AD' }).waitFor()
    for (const words of [
      'Everything that the connector “wex_ad” reads',
      'No integration',
      'This program has no connector “wex_ad”',
      'None yet: the next run reads everything from the beginning.',
      'It has never run. Its history begins with the first run.',
    ])
      await on.dialog.getByText(words).waitFor()
    await on.dialog.getByText('READY', { exact: true }).waitFor()
    await on.press('Close')
    await on.dialogCloses()
  })

  given('breaks the credentials, reads what is wrong and what to do, and repairs them', async (day) => {
    const { on, run, runNow } = day
    const refused = await storeToken(day, 'wrong')
    await refused.getByText('Create a new API token').waitFor()
    await refused.getByText('Renew the token of the integration').waitFor()
    await on.visit('Home')
    await run('Jira', 'FAILED', () => runNow('Jira'))
    await on.job('Jira').getByText('UNAUTHORIZED').waitFor()
    await on.job('Jira').getByRole('button', { name: 'Details' }).click()
    await on.dialog
      .getByText(/× UNAUTHORIZED in/)
      .first()
      .waitFor()
    await on.press('Close')
    const accepted = await storeToken(day, 'demo-token')
    await accepted.getByText('Connected as').waitFor()
    await on.visit('Home')
    await run('Jira', 'FINISHED', () => runNow('Jira'))
  })

  given('looks into a dead letter, requeues it, and discards another one', async (day) => {
    const { on, stored } = day
    await loseIssues(day)
    await on.press(/Inspect dead letter/)
    await on.dialog.getByText('What to do:').waitFor()
    await on.dialog.getByText('Payload').waitFor()
    await on.press('Close')
    await on.press('Requeue')
    await on.hears('Requeued: 0 in the run under way, 1 for the next run.')
    await on.visit('Home')
    await stored(DEAD).toEqual([{ count: 0 }])
    await on.sees('Jira', 'FINISHED')

    await loseIssues(day)
    await on.press('Discard')
    await on.press('Discard for good')
    await on.hears('Nothing was given up')
    await stored(DEAD).toEqual([{ count: 0 }])
  })

  given('loses the connection and the whole host, is told so, and goes on by itself', async (day) => {
    const { host, on, run, runNow } = day
    await on.visit('Home')
    await on.page.getByText('Live', { exact: true }).waitFor()
    await day.cut()
    await on.hears('Connected again')
    await host.stop()
    await on.hears('Connection lost.')
    await host.start()
    await on.page.getByText('Connection lost.').waitFor({ state: 'detached' })
    await on.page.getByText('Live', { exact: true }).waitFor()
    await run('Jira', 'FINISHED', () => runNow('Jira'))
  })
}

/** Stores a token for the tracker, and has it checked: the place of what came of that. */
async function storeToken({ on }: Day, apiToken: string): Promise<ReturnType<Day['on']['job']>> {
  await on.visit('Integrations')
  await on.press('Edit Jira demo')
  await on.dialog.getByLabel('Credentials (JSON)').fill(JSON.stringify({ apiToken }))
  await on.press('Save changes')
  await on.dialogCloses()
  const card = on.page.getByRole('article', { name: 'Integration Jira demo' })
  await card.getByRole('button', { name: 'Check connection' }).click()
  return card.getByRole('status')
}

/** Has a page of issues be no JSON, which no retry helps, and chooses what died of it. */
async function loseIssues({ host, on, run, runNow }: Day): Promise<void> {
  await host.evolve({ edits: 5, advanceMs: 120_000 })
  await host.fault({ kind: 'not-json', path: SEARCHES })
  await on.visit('Home')
  await run('Jira', 'FAILED', () => runNow('Jira'))
  await on.visit('Queues')
  // By its number: the list of the last visit may stand there until the new one has come.
  const [dead] = await host.rows<{ id: number }>(`SELECT id FROM etl_job_queue WHERE status = 'dead'`)
  await on.page.getByLabel(`Choose dead letter ${dead?.id}`, { exact: true }).check()
}
