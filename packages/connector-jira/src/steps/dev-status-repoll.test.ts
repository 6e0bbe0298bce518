import { type Context, entityId, type Page } from '@millrace/core'
import { type JiraSimulator, startJiraSimulator } from '@millrace-examples/simulators'
import { lastValueFrom, from as observe, toArray } from 'rxjs'
import { afterEach, expect, it } from 'vitest'
import { jira } from '../index.ts'
import { type JiraConfig, jiraOptions } from '../jira-options.ts'

let site: JiraSimulator
afterEach(() => site?.close())

const DAY_MS = 86_400_000
const CHANGED_IN_RUN = '10003'
const OUT_OF_SIGHT = '10059'

it('looks again at panels that show something, and at those of issues that changed lately', async () => {
  site = await startJiraSimulator({ issues: 60 })
  const asked = issuesIn(await read())
  // Every third shows something, the last ten changed lately, one was read in this run, and one may not be seen any more.
  const expected = rows().filter((row) => row.has_development || Number(row.external_id) >= 10_050)
  const left = expected.map(({ external_id }) => external_id)
  expect(asked).toEqual(left.filter((id) => id !== CHANGED_IN_RUN && id !== OUT_OF_SIGHT))
})

it('goes on after the issue that was read last', async () => {
  site = await startJiraSimulator({ issues: 60 })
  const whole = await read()
  expect(whole.length).toBeGreaterThan(2)
  expect(issuesIn(await read({ from: whole[0]?.next }))).toEqual(issuesIn(whole.slice(1)))
})

it('asks nothing in the first run, which reads every panel anyway', async () => {
  site = await startJiraSimulator({ issues: 60 })
  expect(await read({ window: { until: new Date(site.now()) } })).toEqual([])
  expect(site.requests().total).toBe(0)
})

function rows() {
  return Array.from({ length: 60 }, (_, index) => ({
    external_id: String(10_000 + index),
    project_id: entityId(1, 1, 'projects', String(10_000 + index) === OUT_OF_SIGHT ? '99' : '10000'),
    has_development: index % 3 === 0,
    updated: new Date(site.now() - (index < 50 ? 30 * DAY_MS : DAY_MS)),
  }))
}

function read({ from, window }: { from?: unknown; window?: Context<JiraConfig>['window'] } = {}) {
  const step = jira.steps.find(({ name }) => name === 'jira_dev_status_repoll')
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
  const context: Context<JiraConfig> = {
    config: jiraOptions.parse({ baseUrl: site.url, username: 'demo@example.com', apiToken: 'demo-token' }),
    fetch,
    log,
    signal: new AbortController().signal,
    clock: { now: () => site.now(), monotonic: () => 0, sleep: async () => undefined },
    window: window ?? { since: new Date(site.now() - DAY_MS), until: new Date(site.now()) },
    options: { fullSync: false },
    integration: { id: 1, tenantId: 1, name: 'test' },
    async *rows(_entity, filter) {
      yield filter?.changedInRun ? rows().filter(({ external_id }) => external_id === CHANGED_IN_RUN) : rows()
    },
    upToDateSince: async () => undefined,
  }
  const pages = step?.extract({ unit: {}, ...(from !== undefined && { from }) }, context as Context<unknown>) ?? []
  return lastValueFrom(observe(pages).pipe(toArray()))
}

/** The issues whose panels the pages hold: the first body of each says so. */
function issuesIn(pages: readonly Page<unknown>[]): readonly string[] {
  return pages.flatMap((page) => {
    const { issues } = JSON.parse(String('bodies' in page ? page.bodies[0] : page.body))
    return issues.map(({ issue_id }: { readonly issue_id: string }) => issue_id)
  })
}
