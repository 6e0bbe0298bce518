import { entityId } from '@millrace/core'
import { runStep } from '@millrace/core/testing'
import { startJiraSimulator } from '@millrace-examples/simulators'
import { expect, it } from 'vitest'
import { jira } from '../index.ts'

/** An end of a link that is stored: of which issue, to which one, and the key that it had. */
type End = readonly [issue: string, link: string, other: string, key: string]

it.each<readonly [string, readonly End[], readonly string[]]>([
  [
    'no issue while both ends are there',
    [
      ['1', 'a', '2', 'CORE-2'],
      ['2', 'a', '1', 'CORE-1'],
    ],
    [],
  ],
  ['the one that links to what is gone', [['1', 'a', '9', 'CORE-9']], ['1']],
  ['the one that lacks its end of a link', [['1', 'a', '2', 'CORE-2']], ['2']],
  ['no issue for a link into a project that is not mirrored', [['1', 'a', '9', 'ELSEWHERE-9']], []],
  ['no issue that is out of sight', [['1', 'a', '4', 'HIDDEN-4']], []],
  ['no issue for one that is out of sight', [['4', 'a', '1', 'CORE-1']], []],
  [
    'each issue once',
    [
      ['1', 'a', '9', 'CORE-9'],
      ['1', 'b', '8', 'CORE-8'],
    ],
    ['1'],
  ],
])('reads again %s', async (_, ends, expected) => {
  const site = await startJiraSimulator({ issues: 1, projects: 1 })
  const row = (id: string) => entityId(1, 1, 'work_items', id)
  const rows = {
    work_items: ['1', '2', '3', '4'].map((external_id) => {
      return { external_id, project_id: entityId(1, 1, 'projects', external_id === '4' ? '99' : '10000') }
    }),
    issue_links: ends.map(([issue, link_id, other, linked_key]) => {
      return { work_item_id: row(issue), link_id, linked_work_item_id: row(other), linked_key }
    }),
  }
  const config = { baseUrl: site.url, username: 'demo@example.com', apiToken: 'demo-token' }
  const { pages } = await runStep(jira, 'jira_broken_links', { config, rows })
  const asked = pages.flatMap(({ spawn }) => spawn).map(({ unit }) => unit)
  expect(asked).toEqual(expected.length === 0 ? [] : [{ issue_ids: expected }])
  await site.close()
})
