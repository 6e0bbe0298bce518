import type { Chapter, Day } from '../operator-day.ts'

/** Finding what was mirrored, and minding the vectors that it is found by. */
export const searching: Chapter = (given) => {
  given('finds by its words what was mirrored, and by where it is from', async ({ host, on, eventually }) => {
    const [issue = { key: 'none', summary: 'none' }] = await host.rows<{ key: string; summary: string }>(
      'SELECT key, summary FROM work_items WHERE active ORDER BY key LIMIT 1',
    )
    await on.visit('Search & vectors')
    await on.page.getByLabel('What to find').fill(`${issue.key} ${issue.summary}`)
    await on.press('Search')
    const hits = on.page.getByRole('list', { name: 'Matches' }).getByRole('listitem')
    await hits.filter({ hasText: issue.key }).first().waitFor()
    await on.page.getByText('Filters', { exact: true }).click()
    await on.page.getByLabel('Source').selectOption('JIRA')
    await on.page.getByLabel('Entity').fill('comments')
    await on.press('Search')
    const entities = async (): Promise<unknown> => {
      const badges = hits.locator('span').filter({ hasText: /^[a-z_]+$/ })
      return [...new Set(await badges.allInnerTexts())]
    }
    await eventually(entities).toEqual(['comments'])
    // A comment says what it is about, and a pull request where it is.
    await hits
      .first()
      .getByText(/^[A-Z]+-\d+$/)
      .waitFor()
    await on.page.getByLabel('Source').selectOption('GITHUB')
    await on.page.getByLabel('Entity').fill('prs')
    await on.press('Search')
    await eventually(entities).toEqual(['prs'])
    await hits
      .first()
      .getByRole('link', { name: / · #\d+ / })
      .waitFor()
  })

  given('compares rows with vectors, changes the model, rolls back and forgets', async (day) => {
    const { on, stored, settled } = day
    // What a run has not embedded yet would be missing.
    await settled()
    await on.visit('Search & vectors')
    const tasks = on.page.getByRole('list', { name: 'Tasks' }).getByRole('listitem')
    const agreeing = tasks.filter({ hasText: 'finished' }).filter({ hasText: '0 missing, 0 stale, 0 orphans' })
    await on.press('Compare')
    await agreeing.first().waitFor()
    await on.press('Reconcile')
    await agreeing.nth(1).waitFor()
    await on.press('Change the model')
    await on.dialog.getByText(/embeds \d+ texts in \d+ chunks/).waitFor()
    await on.press('Change to the configured model')
    await on.dialogCloses()
    await tasks.filter({ hasText: 'Change of the model' }).filter({ hasText: 'finished' }).waitFor()
    await on.row('Coverage', 'work_items').getByText('100 %').waitFor()

    const profiles = 'SELECT DISTINCT profile FROM qdrant_vectors ORDER BY profile'
    const [{ profile } = { profile: '' }] = await day.host.rows<{ profile: string }>(profiles)
    const other = 'hash:fnv1a/64/v1'
    await changeModel(day, { provider: 'hash', dimensions: 64 })
    const collection = (name: string) => on.page.getByRole('listitem').filter({ hasText: name })
    await collection(other).getByText('serving').waitFor()
    await stored(profiles).toEqual([profile, other].sort().map((each) => ({ profile: each })))
    await on.press('Change the model')
    await on.press('Roll back to the model from before')
    await on.dialogCloses()
    await collection(profile).getByText('serving').waitFor()
    await on.press('Change the model')
    await on.press('Forget all but the one that serves')
    await on.dialogCloses()
    await collection(other).waitFor({ state: 'detached' })
    await stored(profiles).toEqual([{ profile }])
  })

  given('sees how work flows', async ({ host, on }) => {
    const [{ count } = { count: 0 }] = await host.rows<{ count: number }>(`
      SELECT count(time_to_merge_seconds)::integer AS count FROM prs
       WHERE active AND merged >= date_trunc('day', now(), 'UTC') - interval '365 days'`)
    await on.visit('Insights')
    await on.page.getByLabel('Period').selectOption('1 year')
    for (const panel of ['Lead and cycle time', 'Throughput', 'Cumulative flow', 'Reviews']) {
      await on.page.getByRole('region', { name: panel }).locator('svg.recharts-surface').first().waitFor()
    }
    await on.page.getByText(`Merge, median of ${count}`).waitFor()
  })
}

/** Has a program change the model to one that the page does not offer, as an admin may. */
async function changeModel({ host, on }: Day, embedding: object): Promise<void> {
  const token = await on.page.evaluate<string>(`localStorage.getItem('millrace.token')`)
  const response = await fetch(`${host.url}/app/etl/qdrant/model-change`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ embedding }),
  })
  if (!response.ok) throw new Error(`Failed to change the model: ${await response.text()}`)
}
