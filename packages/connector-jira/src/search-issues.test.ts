import type { AnyEntity, Change, UntypedRow } from '@millrace/core'
import { type RunStepOptions, type RunStepResult, runStep } from '@millrace/core/testing'
import { type JiraSimulator, startJiraSimulator } from '@millrace-examples/simulators'
import { afterEach, describe, expect, it } from 'vitest'
import { jira, workItems } from './index.ts'

let site: JiraSimulator
afterEach(() => site?.close())

type Options = Partial<RunStepOptions<typeof jira.config>>

const ISSUES = 'jira_issues_with_changelogs'
const CENSUS = 'jira_issue_census'
const STEPS = [ISSUES, CENSUS] as const

describe('Data Center', () => {
  it.each(STEPS)('finds every issue that is there, while others before it go away: %s', async (step) => {
    site = await startJiraSimulator({ issues: 90, projects: 1 })
    site.faults.add({ kind: 'short-page', path: '*/search', size: 10, times: 1000 })
    // One that was read, before each page: by position, each page would pass over an issue.
    const gone = Array.from({ length: 9 }, (_, page) => String(10_000 + page * 9 + 2))
    const found = await idsOf(step, {
      config: dataCenter(),
      fetch: beforeSearches((search) => search > 1 && site.evolve({ deletions: gone.slice(search - 2, search - 1) })),
    })
    for (const { id } of site.truth().issues()) expect(found).toContain(id)
  })

  it.each(STEPS)('goes on where it was when the last issue of a page is deleted, or moves: %s', async (step) => {
    site = await startJiraSimulator({ issues: 90, projects: 2 })
    site.faults.add({ kind: 'short-page', path: '*/search', size: 10, times: 1000 })
    const [{ id: project_id = '', key: project_key = '' } = {}] = [...site.truth().projects()]
    const inside = [...site.truth().issues()].filter(({ projectId }) => projectId === project_id)
    const byNumber = inside.sort((left, right) => numberOf(left.key) - numberOf(right.key)).map(({ id }) => id)
    const found = await idsOf(step, {
      config: dataCenter(),
      unit: { project_id, project_key },
      fetch: beforeSearches((search) => {
        if (search === 2) site.evolve({ deletions: byNumber.slice(9, 10) })
        if (search === 4) site.evolve({ moves: byNumber.slice(18, 19) })
      }),
    })
    for (const { id, projectId } of site.truth().issues()) if (projectId === project_id) expect(found).toContain(id)
  })

  it.each(STEPS)(
    'begins again when all that a page ended with is gone, and gives up when that goes on: %s',
    async (step) => {
      site = await startJiraSimulator({ issues: 60, projects: 1 })
      site.faults.add({ kind: 'short-page', path: '*/search', size: 3, times: 1000 })
      const first = ['10000', '10001', '10002']
      const found = await idsOf(step, {
        config: dataCenter(),
        fetch: beforeSearches((search) => search === 2 && site.evolve({ deletions: first })),
      })
      for (const { id } of site.truth().issues()) expect(found).toContain(id)

      const ever = beforeSearches((_, body) => {
        const anchor = /id >= (\d+)/.exec(body)?.[1]
        if (anchor !== undefined && [...site.truth().issues()].some(({ id }) => id === anchor)) {
          site.evolve({ deletions: [anchor] })
        }
      })
      await expect(idsOf(step, { config: dataCenter(), fetch: ever })).rejects.toMatchObject({
        code: 'PAGES_UNSTABLE',
        retryable: true,
      })
    },
  )

  it('asks for no issue twice but the one that a page ended with', async () => {
    site = await startJiraSimulator({ issues: 250, projects: 1 })
    const bodies = (await read(ISSUES, { config: dataCenter() })).pages.flatMap((page) => page.bodies)
    const sizes = bodies.flatMap((body) => (isPage(body) ? [body.issues.length] : []))
    expect(sizes).toEqual([100, 101, 51])
  })
})

describe('Cloud', () => {
  it.each(STEPS)('that tells of more pages, and not where, is not believed to be at its end: %s', async (step) => {
    site = await startJiraSimulator({ issues: 60, projects: 1 })
    site.faults.add({ kind: 'short-page', path: '*/search/jql', size: 20, times: 1000 })
    site.faults.add({ kind: 'missing-token', path: '*/search/jql', times: 1000 })
    await expect(read(step)).rejects.toMatchObject({ code: 'PAGES_UNSTABLE', retryable: true })
  })

  it.each(STEPS)('that does so once is asked again, and nothing is missing: %s', async (step) => {
    site = await startJiraSimulator({ issues: 60, projects: 1 })
    site.faults.add({ kind: 'short-page', path: '*/search/jql', size: 20, times: 1000 })
    site.faults.add({ kind: 'missing-token', path: '*/search/jql', skip: 1 })
    expect((await idsOf(step)).size).toBe(60)
  })
})

/** Does something before each page is asked for, which knows how many there were and what it asks for. */
function beforeSearches(act: (search: number, body: string) => unknown): NonNullable<Options['fetch']> {
  let searches = 0
  return (url, init) => {
    const counts = String(init?.body).includes('"maxResults":0,')
    if (String(url).endsWith('/search') && !counts) {
      searches += 1
      act(searches, String(init?.body))
    }
    return fetch(url, init)
  }
}

function numberOf(key: string): number {
  return Number(key.split('-')[1])
}

function isPage(body: unknown): body is { readonly issues: readonly unknown[] } {
  return typeof body === 'object' && body !== null && 'issues' in body
}

const dataCenter = () => ({ baseUrl: `${site.url}/jira`, deployment: 'data-center' as const, apiToken: 'demo-token' })

function read(step: string, options: Options = {}): Promise<RunStepResult> {
  const config = { baseUrl: site.url, username: 'demo@example.com', apiToken: 'demo-token' }
  return runStep(jira, step, { config, ...options })
}

/** The issues that a step says are there. */
async function idsOf(step: string, options: Options = {}): Promise<ReadonlySet<unknown>> {
  const { changes } = await read(step, options)
  const counted = changes.flatMap((change) => (change.op === 'census' ? change.externalIds : []))
  return new Set([...counted, ...rowsOf(changes, workItems).map(({ id }) => id)])
}

function rowsOf(changes: readonly Change[], entity: AnyEntity): readonly UntypedRow[] {
  const own = changes.filter((change) => change.entity === entity)
  return own.flatMap((change) => (change.op === 'upsert' ? [change.row] : []))
}
