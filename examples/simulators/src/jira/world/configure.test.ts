import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type JiraSimulator, startJiraSimulator } from '../start-jira-simulator.ts'
import { createTestClient, type TestClient } from '../test-client.ts'

const PROJECT = '10001'
const item = z.looseObject({ field: z.string(), from: z.string().nullable(), to: z.string().nullable() })
const issue = z.looseObject({
  id: z.string(),
  key: z.string(),
  fields: z.looseObject({
    updated: z.string(),
    fixVersions: z.array(z.looseObject({ id: z.string(), name: z.string() })),
  }),
  changelog: z.looseObject({ histories: z.array(z.looseObject({ items: z.array(item) })) }),
})

describe('a site that is set up otherwise', () => {
  let jira: JiraSimulator
  let client: TestClient
  beforeEach(async () => {
    jira = await startJiraSimulator({ issues: 120, projects: 3 })
    client = createTestClient(jira)
  })
  afterEach(() => jira.close())

  const read = async (idOrKey: string) =>
    (await client.get(`/rest/api/3/issue/${idOrKey}?expand=changelog`, issue)).json
  const truth = () => [...jira.truth().issues()]

  it('has issues with other keys where a project has another one, which are found by each that it had, and not touched', async () => {
    const before = truth().filter(({ projectId }) => projectId === PROJECT)
    jira.configure({ kind: 'project', id: PROJECT, key: 'MONEY' })
    jira.configure({ kind: 'project', id: PROJECT, key: 'CASH' })
    for (const { id, key, updated } of before.slice(0, 5)) {
      const number = key.replace('PAY-', '')
      for (const name of [id, key, `MONEY-${number}`, `CASH-${number}`]) {
        const found = await read(name)
        expect(found).toMatchObject({ id, key: `CASH-${number}` })
        expect(Date.parse(found.fields.updated)).toBe(updated)
      }
    }
    jira.configure({ kind: 'project', id: PROJECT, key: 'PAY' })
    expect(truth().filter(({ projectId }) => projectId === PROJECT)).toEqual(before)
  })

  it('refuses a key that leads to another project, and what it has not got', () => {
    jira.configure({ kind: 'project', id: PROJECT, key: 'MONEY' })
    expect(() => jira.configure({ kind: 'project', id: '10000', key: 'PAY' })).toThrow(
      'Failed to rename project CORE: PAY leads to another project. Choose another key.',
    )
    expect(() => jira.configure({ kind: 'version', id: 'none', name: 'v' })).toThrow(
      'Failed to change version none: there is none of that id.',
    )
  })

  it('has issues that were touched where a version became one with another, and not where it got another name', async () => {
    const project = [...jira.truth().projects()].find(({ id }) => id === PROJECT)
    const [from, to] = project?.versions.map(({ id }) => id) ?? []
    if (!from || !to) throw new Error('There are too few versions.')
    const holders: string[] = []
    for (const { id } of truth()) {
      if ((await read(id)).fields.fixVersions.some((version) => version.id === from)) holders.push(id)
    }
    expect(holders.length).toBeGreaterThan(0)
    const updated = () => new Map(truth().map((fact) => [fact.id, fact.updated]))
    const before = updated()
    jira.configure({ kind: 'version', id: to, name: 'next' })
    expect(updated()).toEqual(before)

    jira.configure({ kind: 'version-removal', id: from, movedTo: to })
    for (const id of holders) {
      const { fields, changelog } = await read(id)
      expect(fields.fixVersions).toEqual([expect.objectContaining({ id: to, name: 'next' })])
      expect(changelog.histories[0]?.items).toMatchObject([
        { field: 'Fix Version', from, to: null },
        { field: 'Fix Version', from: null, to },
      ])
      expect(Date.parse(fields.updated)).toBeGreaterThan(before.get(id) ?? 0)
    }
  })

  it('moves issues out of a status that goes, and never into it again', async () => {
    const [from = '', to = ''] = [...jira.truth().projects()].find(({ id }) => id === PROJECT)?.statusIds ?? []
    jira.configure({ kind: 'status-removal', id: from, movedTo: to })
    jira.evolve({ transitions: 100, moves: 10, additions: 30 })
    expect(truth().filter(({ statusId }) => statusId === from)).toEqual([])
    const { text } = await client.get('/rest/api/3/status', z.array(z.looseObject({ id: z.string() })))
    expect(JSON.parse(text)).not.toContainEqual(expect.objectContaining({ id: from }))
  })
})
