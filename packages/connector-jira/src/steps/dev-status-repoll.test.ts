import { type Context, entityId, type Page } from '@millrace/core'
import { type JiraSimulator, startJiraSimulator } from '@millrace-examples/simulators'
import { lastValueFrom, from as observe, toArray } from 'rxjs'
import { afterEach, expect, it } from 'vitest'
import { jira, workItems } from '../index.ts'
import { type JiraConfig, jiraOptions } from '../jira-options.ts'

let site: JiraSimulator
afterEach(() => site?.close())

const DAY_MS = 86_400_000
const CHANGED_IN_RUN = '10003'
const OUT_OF_SIGHT = '10059'
/** Not any more, as this run found out. */
const USED_TO_SHOW = '10004'

it('looks again at panels that show something, and at those of issues that changed lately', async () => {
  site = await startJiraSimulator({ issues: 60 })
  const asked = issuesIn(await read())
  // Every third shows something, the last ten changed lately, one was read in this run, and one may not be seen any more.
  // One shows nothing, and used to.
  const expected = rows().filter(
    (row) => row.has_development || row.external_id === USED_TO_SHOW || Number(row.external_id) >= 10_050,
  )
  const left = expected.map(({ external_id }) => external_id)
  expect(asked).toEqual(left.filter((id) => id !== CHANGED_IN_RUN && id !== OUT_OF_SIGHT))
})

it('goes on after the issue that was read last', async () => {
  site = await startJiraSimulator({ issues: 60 })
  const whole = await read()
  expect(whole.length).toBeGreaterThan(2)
  expect(issuesIn(await read({ from: whole[0]?.next }))).toEqual(issuesIn(whole.slice(1)))
})

it('asks for no panel in the first run, which reads all of them anyway, and for those of others after a full sync', async () => {
  site = await startJiraSimulator({ issues: 60 })
  const window = { until: new Date(site.now()) }
  expect(await read({ window, changed: rows().map(({ external_id }) => external_id) })).toEqual([])
  expect(site.requests().byRoute).toEqual({ 'GET /rest/api/3/project/search': 1 })
  const others = issuesIn(await read({ window }))
  expect(others).toContain('10000')
  for (const read of [CHANGED_IN_RUN, USED_TO_SHOW]) expect(others).not.toContain(read)
})

function rows() {
  return Array.from({ length: 60 }, (_, index) => ({
    external_id: String(10_000 + index),
    project_id: entityId(1, 1, 'projects', String(10_000 + index) === OUT_OF_SIGHT ? '99' : '10000'),
    has_development: index % 3 === 0,
    updated: new Date(site.now() - (index < 50 ? 30 * DAY_MS : DAY_MS)),
  }))
}

interface ReadOptions {
  readonly from?: unknown
  readonly window?: Context<JiraConfig>['window']
  readonly changed?: readonly string[]
}

function read({ from, window, changed = [CHANGED_IN_RUN, USED_TO_SHOW] }: ReadOptions = {}) {
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
    async *rows(entity, filter) {
      if (entity !== workItems) yield [{ work_item_id: entityId(1, 1, 'work_items', USED_TO_SHOW) }]
      else yield filter?.changedInRun ? rows().filter(({ external_id }) => changed.includes(external_id)) : rows()
    },
    upToDateSince: async () => undefined,
    warn: () => undefined,
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
