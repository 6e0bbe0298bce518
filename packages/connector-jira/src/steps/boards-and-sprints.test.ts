import { type AnyEntity, type Change, memoryLoader, prepareLoad, type UntypedRow } from '@millrace/core'
import { type RunStepOptions, type RunStepResult, runStep } from '@millrace/core/testing'
import { type JiraSimulator, startJiraSimulator } from '@millrace-examples/simulators'
import { afterEach, describe, expect, it } from 'vitest'
import { boards, boardsSprints, jira, sprints } from '../index.ts'

let site: JiraSimulator
afterEach(() => site?.close())

it('boards are read page by page, and those with sprints become units', async () => {
  site = await startJiraSimulator({ issues: 1, projects: 120 })
  const { changes, pages } = await read('jira_boards')
  expect(rowsOf(changes, boards)).toHaveLength(121)
  expect(rowsOf(changes, boards)).toContainEqual({ id: '100', name: 'CORE board', type: 'kanban', project_id: '10000' })
  expect(changes.find(({ op }) => op === 'census')).toMatchObject({ externalIds: { length: 121 } })
  expect(pages.flatMap(({ spawn }) => spawn).map(({ unit }) => unit)).toEqual([{ board_id: '1' }])
})

it('sprints are all read, also those that no issue was planned for', async () => {
  site = await startJiraSimulator({ issues: 1 })
  site.faults.add({ kind: 'short-page', path: '*/sprint', size: 7, times: 100 })
  const { changes } = await read('jira_sprints', { unit: { board_id: '1' } })
  expect(rowsOf(changes, sprints)).toHaveLength(60)
  expect(rowsOf(changes, boardsSprints)).toHaveLength(60)
  expect(rowsOf(changes, sprints)[0]).toMatchObject({ board_id: '1', state: 'closed', complete_date: expect.any(Date) })
})

it('a sprint that was deleted is gone, and those of other boards are not', async () => {
  site = await startJiraSimulator({ issues: 1 })
  const loader = memoryLoader()
  let sourceSeq = 0
  const load = (changes: readonly Change[]) => {
    sourceSeq += 1
    const scope = { tenantId: 1, integrationId: 1, runId: 1 }
    return loader.load(prepareLoad(changes, { scope, sourceSeq, fullSync: false }), undefined)
  }
  const listed = await read('jira_sprints', { unit: { board_id: '1' } })
  const elsewhere = { ...(rowsOf(listed.changes, sprints)[0] as Parameters<typeof sprints.upsert>[0]), id: '900' }
  await load([...listed.changes, sprints.upsert({ ...elsewhere, board_id: '2' })])
  expect(site.evolve({ sprintDeletions: [3, 58] }).deletedSprints).toEqual(['3', '58'])
  await load((await read('jira_sprints', { unit: { board_id: '1' } })).changes)
  const left = loader.rows(sprints).map(({ external_id }) => Number(external_id))
  const expected = Array.from({ length: 60 }, (_, order) => order + 1).filter((id) => id !== 3 && id !== 58)
  expect(left.sort((a, b) => a - b)).toEqual([...expected, 900])

  // Nobody knows whether a board without any is one whose sprints may not be seen.
  site.evolve({ sprintDeletions: expected })
  expect((await read('jira_sprints', { unit: { board_id: '1' } })).changes).toEqual([boardsSprints.replace('1', [])])
})

it('a board that turns out to have no sprints changes nothing', async () => {
  site = await startJiraSimulator({ issues: 1 })
  expect((await read('jira_sprints', { unit: { board_id: '100' } })).changes).toEqual([])
})

describe('a list whose pages do not fit together', () => {
  it.each([
    ['jira_boards', '*/board', {}],
    ['jira_sprints', '*/sprint', { board_id: '1' }],
  ])('is not taken for whole when it ends on an empty page: %s', async (step, path, unit) => {
    site = await startJiraSimulator({ issues: 1, projects: 120 })
    site.faults.add({ kind: 'wrong-total', path, times: 1000 })
    await expect(read(step, { unit })).rejects.toMatchObject({ code: 'PAGES_UNSTABLE', retryable: true })
  })

  it('is read again when a board goes away, so that none that is there is taken for gone', async () => {
    site = await startJiraSimulator({ issues: 1, projects: 120 })
    const [first, second] = [...site.truth().projects()].filter(({ state }) => state === 'live')
    let asked = 0
    const { changes } = await read('jira_boards', {
      fetch: (url, init) => {
        asked += 1
        if (asked === 2) site.evolve({ hiddenProjects: [first?.key ?? '', second?.key ?? ''] })
        return fetch(url, init)
      },
    })
    expect(changes.find(({ op }) => op === 'census')).toMatchObject({ externalIds: { length: 119 } })
  })

  it('is read again when entries move up, also where no total tells', async () => {
    site = await startJiraSimulator({ issues: 1 })
    let moved = 0
    const { changes } = await read('jira_sprints', {
      unit: { board_id: '1' },
      fetch: (asked, init) => {
        const url = new URL(asked)
        const startAt = Number(url.searchParams.get('startAt'))
        if (startAt > 0) moved += 1
        // As if the first sprint had been deleted since the page before; in the second reading, nothing is.
        if (moved === 1 && startAt > 0) url.searchParams.set('startAt', String(startAt + 1))
        return fetch(url, init)
      },
    })
    expect(moved).toBe(2)
    expect(rowsOf(changes, boardsSprints)).toHaveLength(60)
  })
})

it.each([401, 403] as const)('sprints that answer %i to a good account stay as they are', async (status) => {
  site = await startJiraSimulator({ issues: 1 })
  site.faults.add({ kind: 'status', status, path: '*/sprint', times: 1000 })
  expect((await read('jira_sprints', { unit: { board_id: '1' } })).changes).toEqual([])
})

it('a token that may not see boards gets a warning that says what to do, and what was read stays', async () => {
  site = await startJiraSimulator({ issues: 1 })
  site.faults.add({ kind: 'status', status: 403, path: '*/board' })
  const { changes, warnings } = await read('jira_boards')
  expect(changes).toEqual([])
  expect(warnings).toEqual([
    {
      about: 'Boards',
      message: expect.stringMatching(/^Not available to this token.*Give the account.*list the boards/),
    },
  ])
})

function read(step: string, options: Partial<RunStepOptions<typeof jira.config>> = {}): Promise<RunStepResult> {
  const config = { baseUrl: site.url, username: 'demo@example.com', apiToken: 'demo-token' }
  return runStep(jira, step, { config, ...options })
}

function rowsOf(changes: readonly Change[], entity: AnyEntity): readonly UntypedRow[] {
  const own = changes.filter((change) => change.entity === entity)
  return own.flatMap((change) => (change.op === 'upsert' ? [change.row] : change.op === 'replace' ? change.rows : []))
}
