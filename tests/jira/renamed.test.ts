import { type JiraSimulator, startJiraSimulator } from '@millrace-examples/simulators'
import { describe, expect, it } from 'vitest'
import {
  changelogItems,
  comments,
  issueLinks,
  workItemKeys,
  workItems,
} from '../../packages/connector-jira/src/index.ts'
import { type Face, mirrorOf } from './mirror.ts'
import { differences, toldByJira } from './mirror-rows.ts'
import { tablesOf } from './site-tables.ts'

const FACES = ['cloud', 'gateway', 'dataCenter'] as const satisfies readonly Face[]
const PROJECT = '10001'
const TIMEOUT_MS = 300_000

/** @param shared a site that somebody else closes */
async function mirrored(face: Face, settings: Parameters<typeof mirrorOf>[1] = {}, shared?: JiraSimulator) {
  const site = shared ?? (await startJiraSimulator({ issues: 60, projects: 3, validateTraffic: true }))
  const mirror = mirrorOf(site, { includeRemoteLinks: true, ...settings }, face)
  const sync = async (...how: Parameters<typeof mirror.sync>): Promise<void> => {
    expect(await mirror.sync(...how)).toMatchObject({ state: 'finished', failures: [] })
  }
  await sync()
  return {
    site,
    mirror,
    sync,
    /** Live rows, told by Jira's ids. */
    rows: async (entity: Parameters<typeof toldByJira>[1]) => toldByJira(await mirror.rows(), entity),
    async [Symbol.asyncDispose]() {
      expect(site.violations()).toEqual([])
      await mirror.stop()
      if (!shared) await site.close()
    },
  }
}

describe('what is called otherwise, though Jira touches no issue for it', () => {
  it.each(FACES)(
    'a project with another key has issues with other keys, which the old ones still lead to: %s',
    async (face) => {
      await using at = await mirrored(face)
      const before = new Map([...at.site.truth().issues()].map((issue) => [issue.id, issue]))
      const itemsBefore = await at.rows(changelogItems)
      for (const key of ['PAYMENTS', 'MONEY']) {
        at.site.configure({ kind: 'project', id: PROJECT, key, name: `All about ${key}` })
        at.site.evolve({})
        await at.sync()
      }
      expect(await at.mirror.tables()).toEqual(tablesOf(at.site, face))

      const keys = Map.groupBy(await at.rows(workItemKeys), ({ work_item_id }) => work_item_id)
      const inside = [...at.site.truth().issues()].filter(({ projectId }) => projectId === PROJECT)
      expect(inside.length).toBeGreaterThan(10)
      for (const { id, key, updated } of inside) {
        expect(updated).toBe(before.get(id)?.updated)
        const number = key.replace('MONEY-', '')
        const known = new Set(keys.get(id)?.map((row) => row.key))
        expect(known).toEqual(new Set([key, `PAY-${number}`, `PAYMENTS-${number}`]))
      }
      const old = /^(PAY|PAYMENTS)-/
      expect((await at.rows(comments)).filter(({ work_item_key }) => old.test(String(work_item_key)))).toEqual([])
      expect((await at.rows(issueLinks)).filter(({ linked_key }) => old.test(String(linked_key)))).toEqual([])
      // Histories keep what things were called then.
      expect(await at.rows(changelogItems)).toEqual(itemsBefore)

      // Nothing is asked for again, and a key that it had before may be its key again.
      at.site.forgetRequests()
      at.site.evolve({})
      await at.sync()
      expect(at.site.requests().byRoute['POST /rest/api/3/issue/bulkfetch']).toBeUndefined()
      at.site.configure({ kind: 'project', id: PROJECT, key: 'PAY' })
      at.site.evolve({})
      await at.sync()
      expect(await at.mirror.tables()).toEqual(tablesOf(at.site, face))
    },
    TIMEOUT_MS,
  )

  it(
    'issues of a renamed project are read a hundred at a time, and the others not at all',
    async () => {
      await using at = await mirrored('cloud')
      at.site.configure({ kind: 'project', id: PROJECT, key: 'MONEY' })
      at.site.evolve({ advanceMs: 60_000 })
      at.site.forgetRequests()
      await at.sync()
      const { byRoute } = at.site.requests()
      expect(byRoute['POST /rest/api/3/issue/bulkfetch']).toBe(1)
    },
    TIMEOUT_MS,
  )

  it.each(FACES)(
    'versions and components, which issues repeat by name: %s',
    async (face) => {
      await using at = await mirrored(face)
      const project = [...at.site.truth().projects()].find(({ id }) => id === PROJECT)
      for (const { id, name } of project?.versions ?? [])
        at.site.configure({ kind: 'version', id, name: `v${name}`, released: true })
      for (const { id, name } of project?.components ?? [])
        at.site.configure({ kind: 'component', id, name: `The ${name}` })
      at.site.evolve({})
      await at.sync()
      expect(await at.mirror.tables()).toEqual(tablesOf(at.site, face))
      const named = await namesIn(await at.rows(workItems))
      expect(named.versions.length).toBeGreaterThan(3)
      expect(named.components.length).toBeGreaterThan(3)
      expect(named.versions.filter((name) => !name.startsWith('v'))).toEqual([])
      expect(named.components.filter((name) => !name.startsWith('The '))).toEqual([])
    },
    TIMEOUT_MS,
  )

  it.each(FACES)(
    'versions and components that are gone, or became one with another: %s',
    async (face) => {
      await using at = await mirrored(face)
      const project = [...at.site.truth().projects()].find(({ id }) => id === PROJECT)
      const [first, second, ...more] = project?.versions.map(({ id }) => id) ?? []
      const [part, other] = project?.components.map(({ id }) => id) ?? []
      if (!first || !second || !part || !other) throw new Error('There are too few versions and components.')
      at.site.configure({ kind: 'version-removal', id: first, movedTo: second })
      for (const id of more) at.site.configure({ kind: 'version-removal', id })
      at.site.configure({ kind: 'component-removal', id: part, movedTo: other })
      at.site.configure({ kind: 'new-version', id: PROJECT, name: 'next' })
      at.site.evolve({})
      await at.sync()
      expect(await at.mirror.tables()).toEqual(tablesOf(at.site, face))
      expect(new Set((await namesIn(await at.rows(workItems))).versions)).toEqual(new Set(['1.1']))
    },
    TIMEOUT_MS,
  )

  it.each(FACES)(
    'a project that the settings name by a key of before is read on: %s',
    async (face) => {
      await using at = await mirrored(face, { projects: ['CORE', 'PAY'] })
      at.site.configure({ kind: 'project', id: PROJECT, key: 'MONEY' })
      at.site.evolve({ edits: 20, additions: 10 })
      await at.sync()
      const told = (lines: readonly string[]) => lines.filter((line) => JSON.parse(line)[2] === PROJECT)
      const { issues } = await at.mirror.tables()
      expect(told(issues)).toEqual(told(tablesOf(at.site, face).issues))
      // Also by somebody who has read nothing of it before.
      await using fresh = await mirrored(face, { projects: ['CORE', 'PAY'] }, at.site)
      expect(await fresh.mirror.tables()).toEqual(await at.mirror.tables())
    },
    TIMEOUT_MS,
  )

  it.each(FACES)(
    'a project that the settings name twice, by either key, is read once: %s',
    async (face) => {
      await using at = await mirrored(face, { projects: ['CORE', 'PAY', 'MONEY', 'pay'] })
      const before = (await at.mirror.tables()).issues.length
      at.site.configure({ kind: 'project', id: PROJECT, key: 'MONEY' })
      at.site.evolve({ additions: 10 })
      await at.sync()
      const { issues, projects } = await at.mirror.tables()
      expect(projects).toHaveLength(2)
      expect(issues.length).toBeGreaterThan(before)
    },
    TIMEOUT_MS,
  )

  it.each(FACES)(
    'metrics count by what a status counts as now: %s',
    async (face) => {
      await using at = await mirrored(face)
      const project = [...at.site.truth().projects()].find(({ id }) => id === PROJECT)
      const [first = '', second = ''] = project?.statusIds ?? []
      at.site.configure({ kind: 'status', id: first, category: 'indeterminate' })
      at.site.configure({ kind: 'status', id: second, category: 'done', name: 'Over' })
      at.site.evolve({})
      await at.sync()
      await using fresh = await mirrored(face, {}, at.site)
      expect(differences(await at.mirror.rows(), await fresh.mirror.rows())).toEqual([])

      at.site.forgetRequests()
      at.site.evolve({})
      await at.sync()
      expect(at.site.requests().byRoute['POST /rest/api/3/issue/bulkfetch']).toBeUndefined()
    },
    TIMEOUT_MS,
  )

  it(
    'is made up for at the interval of the census, where another run saw that it changed',
    async () => {
      await using at = await mirrored('cloud')
      at.site.configure({ kind: 'project', id: PROJECT, key: 'MONEY' })
      at.site.evolve({ advanceMs: 60_000 })
      const named = ['jira_projects_and_issue_types', 'jira_statuses_and_relationships', 'jira_versions_and_components']
      await at.sync('incremental', { steps: named })
      await at.sync()
      const outdated = { issues: (await at.mirror.tables()).issues, truth: tablesOf(at.site, 'cloud').issues }
      expect(outdated.issues).not.toEqual(outdated.truth)
      at.site.evolve({})
      await at.sync()
      expect(await at.mirror.tables()).toEqual(tablesOf(at.site, 'cloud'))
    },
    TIMEOUT_MS,
  )

  it(
    'a project that settings name by its former key goes with the trash, and comes back from it',
    async () => {
      await using at = await mirrored('cloud', { projects: ['PAY'] })
      at.site.configure({ kind: 'project', id: PROJECT, key: 'MONEY' })
      at.site.evolve({})
      await at.sync()
      const before = (await at.rows(workItems)).length
      expect(before).toBeGreaterThan(10)
      at.site.evolve({ projectDeletions: ['MONEY'] })
      await at.sync()
      expect(await at.rows(workItems)).toEqual([])
      at.site.evolve({ projectRestores: [PROJECT] })
      await at.sync()
      expect(await at.rows(workItems)).toHaveLength(before)
    },
    TIMEOUT_MS,
  )

  /** What issues of the project name. */
  async function namesIn(rows: readonly { readonly [column: string]: unknown }[]) {
    const list = (value: unknown): readonly string[] =>
      Array.isArray(value) ? value.map(({ name }) => String(name)) : []
    const own = rows.filter(({ project_id }) => project_id === PROJECT)
    return {
      versions: own.flatMap((row) => [...list(row.fix_versions), ...list(row.affected_versions)]),
      components: own.flatMap((row) => list(row.components)),
    }
  }
})
