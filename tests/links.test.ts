import { entityId, memoryLoader, runToEnd } from '@millrace/core'
import {
  type GithubSimulator,
  type JiraSimulator,
  startGithubSimulator,
  startJiraSimulator,
} from '@millrace-examples/simulators'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { github, prs, prsWorkItemKeys } from '../packages/connector-github/src/index.ts'
import { jira, workItems } from '../packages/connector-jira/src/index.ts'

let tracker: JiraSimulator
let host: GithubSimulator
beforeEach(async () => {
  tracker = await startJiraSimulator({ issues: 400, email: 'ann@acme.test', token: 'token' })
  host = await startGithubSimulator({ pullRequests: 120, longLists: 0 })
})
afterEach(async () => {
  await tracker.close()
  await host.close()
})

type Loader = ReturnType<typeof memoryLoader>

async function readTracker(loader: Loader, projects: readonly string[] = []): Promise<void> {
  const config = { baseUrl: tracker.url, username: 'ann@acme.test', apiToken: 'token', projects: [...projects] }
  const summary = await runToEnd({ connector: jira, config, loader, includeDevStatus: false })
  expect(summary).toMatchObject({ state: 'finished', failures: [] })
}

async function readHost(loader: Loader): Promise<void> {
  const summary = await runToEnd({ connector: github, config: { baseUrl: host.url, token: 'demo-token' }, loader })
  expect(summary).toMatchObject({ state: 'finished', failures: [] })
}

/** As `pull request names work item, found in`, in order. */
function linksOf(loader: Loader): readonly string[] {
  const names = new Map<unknown, string>()
  for (const entity of [prs, workItems]) {
    for (const { external_id } of loader.rows(entity)) {
      const externalId = String(external_id)
      names.set(entityId(1, 1, entity.name, externalId), externalId)
    }
  }
  return loader
    .resolved(prsWorkItemKeys)
    .map(({ pr_id, work_item_id, key, source }) => `${names.get(pr_id)} ${names.get(work_item_id)} ${key} ${source}`)
    .toSorted()
}

/** Looked for the other way round: each key that exists, in each text. */
function expectedLinks(projects: RegExp): readonly string[] {
  const issues = [...tracker.truth().issues()].filter(({ key }) => projects.test(key))
  const found = [...host.truth().pullRequests()].flatMap((pull) => {
    const texts = [
      ['title', pull.title],
      ['branch', pull.headRefName.toUpperCase()],
      ['body', pull.body ?? ''],
      ['commit', pull.commits.map(({ message }) => message).join('\n')],
    ] as const
    return texts.flatMap(([source, text]) =>
      issues
        .filter(({ key }) => new RegExp(`\\b${key}\\b`).test(text))
        .map(({ id, key }) => `${pull.id} ${id} ${key} ${source}`),
    )
  })
  return found.toSorted()
}

describe('links from pull requests to work items', () => {
  it.each([
    ['the tracker', [readTracker, readHost]],
    ['the code host', [readHost, readTracker]],
  ] as const)('are the same when %s is read first', async (_first, order) => {
    const loader = memoryLoader()
    for (const read of order) await read(loader)
    expect(linksOf(loader)).toEqual(expectedLinks(/./))
    for (const source of ['title', 'branch', 'body', 'commit']) {
      expect(linksOf(loader).filter((link) => link.endsWith(source)).length).toBeGreaterThan(0)
    }
  })

  it('appear with a project that is read later, without reading a pull request again', async () => {
    const loader = memoryLoader()
    await readHost(loader)
    expect(linksOf(loader)).toEqual([])
    await readTracker(loader, ['CORE'])
    expect(linksOf(loader)).toEqual(expectedLinks(/^CORE-/))
    host.forgetRequests()
    await readTracker(loader, ['CORE', 'WEB'])
    expect(linksOf(loader)).toEqual(expectedLinks(/^(CORE|WEB)-/))
    expect(expectedLinks(/^WEB-/).length).toBeGreaterThan(0)
    expect(host.requests().byRoute).toEqual({})
  })
})
