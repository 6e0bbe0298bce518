import type { Chapter } from '../operator-day.ts'

/** Finding what was mirrored, and minding the vectors that it is found by. */
export const searching: Chapter = (given) => {
  given(
    'finds by its words what was mirrored, and compares rows with vectors, and changes the model',
    async ({ host, on }) => {
      const [issue = { key: 'none', summary: 'none' }] = await host.rows<{ key: string; summary: string }>(
        'SELECT key, summary FROM work_items WHERE active ORDER BY key LIMIT 1',
      )
      await on.visit('Search & vectors')
      await on.page.getByLabel('What to find').fill(`${issue.key} ${issue.summary}`)
      await on.press('Search')
      const hits = on.page.getByRole('list', { name: 'Matches' })
      await hits.getByRole('listitem').filter({ hasText: issue.key }).first().waitFor()
      await on.page.getByText('Filters', { exact: true }).click()
      await on.page.getByLabel('Source').selectOption('JIRA')
      await on.page.getByLabel('Entity').fill('comments')
      await on.press('Search')
      await hits.getByText('comments', { exact: true }).first().waitFor()
      await hits.getByText('work_items', { exact: true }).first().waitFor({ state: 'detached' })

      await on.press('Reconcile')
      const tasks = on.page.getByRole('list', { name: 'Tasks' })
      await tasks
        .getByRole('listitem')
        .filter({ hasText: 'finished' })
        .filter({ hasText: '0 missing, 0 stale, 0 orphans' })
        .first()
        .waitFor()
      await on.press('Change the model')
      await on.dialog.getByText(/embeds \d+ texts in \d+ chunks/).waitFor()
      await on.press('Change to the configured model')
      await tasks.getByRole('listitem').filter({ hasText: 'Change of the model' }).getByText('finished').waitFor()
      await on.row('Coverage', 'work_items').getByText('100 %').waitFor()
    },
  )

  given('sees how work flows', async ({ on }) => {
    await on.visit('Insights')
    await on.page.getByLabel('Period').selectOption('1 year')
    for (const panel of ['Lead and cycle time', 'Throughput', 'Cumulative flow', 'Reviews']) {
      await on.page.getByRole('region', { name: panel }).locator('svg.recharts-surface').first().waitFor()
    }
  })
}
