import { type Context, isMillraceError } from '@millrace/core'
import { type JiraSimulator, startJiraSimulator } from '@millrace-examples/simulators'
import { afterEach, describe, expect, it } from 'vitest'
import { checkAccount } from './check-account.ts'
import { type JiraConfig, type JiraOptions, jiraOptions } from './jira-options.ts'

const check = (ctx: Context<JiraConfig>) => checkAccount(ctx, { thorough: true })

let site: JiraSimulator
afterEach(() => site?.close())

describe('checking the account', () => {
  it('says who we are, what we see, and in which time zone', async () => {
    site = await startJiraSimulator({ issues: 5, timeZone: 'Asia/Kolkata' })
    const { account, notes } = await check(context())
    expect(account).toContain('<demo@example.com>')
    expect(notes).toEqual(['7 projects are visible.', "The account's time zone is Asia/Kolkata."])
  })

  it('names the projects that the settings ask for in vain', async () => {
    site = await startJiraSimulator({ issues: 5, showTimeZone: false })
    const { notes } = await check(context({ projects: ['CORE', 'GONE'] }))
    expect(notes).toEqual(['One project is visible.', 'Not visible, though the settings name them: GONE.'])
    expect((await check(context({ projects: ['core'] }))).notes).toEqual(['One project is visible.'])
  })

  it('counts no project that the list keeps back, though it can be had by itself: its issues are closed', async () => {
    site = await startJiraSimulator({ issues: 5, showTimeZone: false })
    const ctx = context({ projects: ['CORE'] })
    const list = JSON.stringify({ maxResults: 50, startAt: 0, total: 0, isLast: true, values: [] })
    const closed: typeof ctx.fetch = (url, init) =>
      String(url).includes('/project/search')
        ? Promise.resolve(new Response(list, { headers: { 'content-type': 'application/json' } }))
        : fetch(url, init)
    const { notes } = await check({ ...ctx, fetch: closed })
    expect(notes?.[0]).toMatch(/^No project is visible to this account\./)
    expect(Object.keys(site.requests().byRoute)).toContainEqual(expect.stringMatching(/^GET .*\/project\/[^/]+$/))
  })

  it('says that nothing is lost where nothing is visible', async () => {
    site = await startJiraSimulator({ issues: 5 })
    const { notes } = await check(context({ projects: ['GONE'] }))
    expect(notes?.[0]).toMatch(/^No project is visible to this account\. What was loaded before stays;/)
  })

  it('names what the token may not read, though the settings ask for it', async () => {
    site = await startJiraSimulator({ issues: 5, showTimeZone: false })
    const gateway = { baseUrl: `${site.url}/ex/jira/a-cloud-id`, username: undefined }
    site.faults.add({ kind: 'status', status: 403, path: '*/board' })
    const { notes } = await check(context(gateway))
    expect(notes?.slice(1)).toEqual([
      'Boards are closed to this token, so sprints are known only from issues.',
      'Development panels are closed to this token: pull requests, branches and commits are not read from Jira.',
    ])
    const { notes: unasked } = await check(context({ ...gateway, includeDevStatus: false, boardsIntervalHours: 0 }))
    expect(unasked).toHaveLength(1)
  })

  it('costs a run two requests: its steps find out what is closed', async () => {
    site = await startJiraSimulator({ issues: 5 })
    await checkAccount(context(), { thorough: false })
    expect(Object.keys(site.requests().byRoute).sort()).toEqual([
      'GET /rest/api/3/myself',
      'GET /rest/api/3/project/search',
    ])
    expect(site.requests().total).toBe(2)
  })

  it.each([
    ['a wrong token', { apiToken: 'wrong' }],
    ['another account', { username: 'eve@example.com' }],
  ])('finds out %s', async (_what, options) => {
    site = await startJiraSimulator({ issues: 5 })
    await expect(check(context(options))).rejects.toSatisfy(
      (error) =>
        isMillraceError(error) && error.code === 'UNAUTHORIZED' && error.message.includes('Create a new API token'),
    )
  })

  it('finds out an answer that is empty because nobody is signed in', async () => {
    site = await startJiraSimulator({ issues: 5 })
    site.faults.add({ kind: 'empty-lists', path: '*/project/search' })
    await expect(check(context())).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
  })
})

function context(options: Partial<JiraOptions> = {}): Context<JiraConfig> {
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
  return {
    config: jiraOptions.parse({ baseUrl: site.url, username: 'demo@example.com', apiToken: 'demo-token', ...options }),
    fetch,
    log,
    signal: new AbortController().signal,
    clock: { now: () => site.now(), monotonic: () => 0, sleep: async () => undefined },
    window: { until: new Date(site.now()) },
    options: { fullSync: false },
    integration: { id: 1, tenantId: 1, name: 'test' },
    async *rows() {},
    upToDateSince: async () => undefined,
    warn: () => undefined,
  }
}
