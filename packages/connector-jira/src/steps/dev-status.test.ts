import type { Change, UntypedRow } from '@millrace/core'
import { type RunStepOptions, type RunStepResult, runStep } from '@millrace/core/testing'
import { type JiraSimulator, startJiraSimulator } from '@millrace-examples/simulators'
import { afterEach, describe, expect, it } from 'vitest'
import { jira, unreadWorkItems, workItemsPrs } from '../index.ts'

let site: JiraSimulator
afterEach(() => site?.close())

const LATER = Array.from({ length: 10 }, (_, index) => String(10_005 + index))

type Options = Partial<RunStepOptions<typeof jira.config>>

describe('development status', () => {
  it('links every pull request once, under however many kinds of connection it is listed', async () => {
    site = await startJiraSimulator({ issues: 120 })
    const facts = [...site.truth().pullRequests()]
    const issueIds = [...new Set(facts.map(({ issueId }) => issueId))]
    const { changes } = await read({ unit: { issue_ids: issueIds } })
    const links = linksIn(changes).map(({ work_item_id, url, status }) => `${work_item_id} ${url} ${status}`)
    expect(links.sort()).toEqual(facts.map(({ issueId, url, state }) => `${issueId} ${url} ${state}`).sort())
  })

  it('resumes in the middle of a unit', async () => {
    site = await startJiraSimulator({ issues: 120 })
    const unit = {
      issue_ids: [...new Set([...site.truth().pullRequests()].map(({ issueId }) => issueId))].slice(0, 25),
    }
    const whole = await read({ unit })
    expect(whole.pages.map(({ next }) => next)).toEqual([10, 20, null])
    expect((await read({ unit, from: 10 })).pages).toEqual(whole.pages.slice(1))
  })

  it('says that an issue has no pull requests only where it was told so', async () => {
    site = await startJiraSimulator({ issues: 120 })
    const [issueId = ''] = [...site.truth().pullRequests()].map((fact) => fact.issueId)
    site.evolve({ pullRequestUnlinks: [issueId] })
    site.faults.add({ kind: 'status', status: 404, path: '*/issue/summary', skip: 1 })
    const { changes } = await read({ unit: { issue_ids: [issueId, '10099'] } })
    expect(parentsIn(changes, workItemsPrs)).toEqual([issueId])
    expect(parentsIn(changes, unreadWorkItems)).toEqual(['10099'])
  })

  it('that answers 401 to a good account leaves the links as they are', async () => {
    site = await startJiraSimulator({ issues: 20 })
    site.faults.add({ kind: 'status', status: 401, path: '/rest/dev-status/*', times: 1000 })
    const { changes, pages, warnings } = await readAloud(['10000', '10003'])
    expect(changes).toEqual([])
    expect(pages.map(({ next }) => next)).toEqual([null])
    expect(warnings).toEqual([
      { about: 'Development panels', message: expect.stringMatching(/^Not available to this token.*includeDevStatus/) },
    ])
  })

  it.each(['summary', 'detail'])('of which one panel is closed leaves that one alone as it is: %s', async (part) => {
    site = await startJiraSimulator({ issues: 120 })
    const issueIds = [...new Set([...site.truth().pullRequests()].map(({ issueId }) => issueId))].slice(0, 15)
    const [closed = ''] = issueIds
    const { changes, warnings } = await readAloud(issueIds, (url) => {
      return url.pathname.endsWith(`/issue/${part}`) && url.searchParams.get('issueId') === closed ? 403 : undefined
    })
    const told = new Set(changes.map((change) => change.op === 'replace' && change.parentExternalId))
    expect(told).toEqual(new Set(issueIds.filter((id) => id !== closed)))
    const message = expect.stringContaining(`issue ${closed}, so`)
    expect(warnings).toEqual([{ about: 'Closed development panels', message, facts: { issues: [closed] } }])
  })

  it.each(['summary', 'detail'])('that the code host does not give is not taken for empty: %s', async (part) => {
    site = await startJiraSimulator({ issues: 120 })
    const [issueId = ''] = [...site.truth().pullRequests()].map((fact) => fact.issueId)
    site.faults.add({ kind: 'panel-errors', path: `*/issue/${part}`, times: 1000 })
    const { changes, warnings } = await readAloud([issueId])
    expect(changes).toEqual([])
    expect(warnings).toEqual([
      {
        about: 'Incomplete development panels',
        message: expect.stringContaining(`issue ${issueId} does not tell all`),
        facts: { issue: issueId, details: expect.any(Array) },
      },
    ])
  })

  it('that vanishes between its summary and its details takes no other along', async () => {
    site = await startJiraSimulator({ issues: 120 })
    const issueIds = [...new Set([...site.truth().pullRequests()].map(({ issueId }) => issueId))].slice(0, 3)
    site.faults.add({ kind: 'status', status: 404, path: '*/issue/detail' })
    const { changes } = await read({ unit: { issue_ids: issueIds } })
    expect(parentsIn(changes, workItemsPrs)).toHaveLength(2)
    expect(parentsIn(changes, unreadWorkItems)).toHaveLength(1)
  })

  it('passes over an issue that is out of sight, and reads the others', async () => {
    site = await startJiraSimulator({ issues: 20, validateTraffic: true })
    site.evolve({ hiddenIssues: ['10003'] })
    const { changes, pages } = await read({ unit: { issue_ids: ['10000', '10003', ...LATER] } })
    expect(parentsIn(changes, workItemsPrs)).toEqual(['10000', ...LATER])
    expect(parentsIn(changes, unreadWorkItems)).toEqual(['10003'])
    expect(pages.map(({ next }) => next)).toEqual([10, null])
    expect(site.violations()).toEqual([])
  })

  it('does not hide that the account itself is refused', async () => {
    site = await startJiraSimulator({ issues: 20 })
    const config = { ...settings(), apiToken: 'wrong' }
    await expect(read({ config, unit: { issue_ids: ['10000'] } })).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
  })
})

function settings(): { baseUrl: string; username: string; apiToken: string } {
  return { baseUrl: site.url, username: 'demo@example.com', apiToken: 'demo-token' }
}

function read(options: Options): Promise<RunStepResult> {
  return runStep(jira, 'jira_dev_status', { config: settings(), ...options })
}

/** Reads panels, some of which may answer with a status of their own. */
function readAloud(issueIds: readonly string[], refuse: (url: URL) => number | undefined = () => undefined) {
  const answering: Options['fetch'] = async (url, init) => {
    const status = refuse(new URL(url))
    return status === undefined ? fetch(url, init) : Response.json({ errorMessages: [] }, { status })
  }
  return read({ unit: { issue_ids: [...issueIds] }, fetch: answering })
}

function parentsIn(changes: readonly Change[], entity: Change['entity']): readonly string[] {
  return changes.flatMap((change) =>
    change.op === 'replace' && change.entity === entity ? [change.parentExternalId] : [],
  )
}

function linksIn(changes: readonly Change[]): readonly UntypedRow[] {
  const own = changes.filter(({ entity }) => entity === workItemsPrs)
  return own.flatMap((change) => (change.op === 'replace' ? change.rows : []))
}
