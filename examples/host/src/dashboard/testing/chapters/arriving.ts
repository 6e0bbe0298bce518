import { expect } from 'vitest'
import type { Chapter } from '../operator-day.ts'
import { CONTENT } from '../real-host.ts'

/** Logging in, and the first run. */
export const arriving: Chapter = (given) => {
  given(
    'logs in, and watches a first run live from READY to FINISHED',
    async ({ host, on, run, stored, eventually }) => {
      await on.page.getByLabel('E-mail').fill(host.login.email)
      await on.page.getByLabel('Password').fill('a wrong password')
      await on.press('Log in')
      await on.hears('address and password do not belong together')
      await on.page.getByLabel('Password').fill(host.login.password)
      await on.press('Log in')
      await on.hears('Monitor and control your autonomous data synchronization jobs')
      await on.sees('Jira', 'READY')
      // Long enough to be seen, however busy the machine is.
      await host.fault({ kind: 'latency', ms: 5_000, path: '*/search/jql' })
      const jira = on.job('Jira')
      await run('Jira', 'FINISHED', async () => {
        await jira.getByRole('switch').click()
        await on.sees('Jira', 'RUNNING')
      })
      // Beside a badge that says FINISHED, every bar is full, also to the eye.
      const gaps = (): Promise<readonly number[]> =>
        jira.locator('tbody td span[style]').evaluateAll((bars) =>
          bars.map((bar) => {
            const channel = bar.parentElement?.getBoundingClientRect().width ?? 0
            return Math.floor(channel - bar.getBoundingClientRect().width)
          }),
        )
      await eventually(async () => (await gaps()).filter((gap) => gap !== 0)).toEqual([])
      expect((await gaps()).length).toBeGreaterThan(6)
      await stored('SELECT count(*)::integer AS count FROM work_items WHERE active').toEqual([
        { count: CONTENT.issues },
      ])
    },
  )
}
