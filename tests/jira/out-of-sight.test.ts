import { startJiraSimulator } from '@millrace-examples/simulators'
import { describe, expect, it } from 'vitest'
import { type Face, mirrorOf } from './mirror.ts'
import { tablesOf } from './site-tables.ts'

const HIDDEN = 'PAY'

describe('an account that may no longer browse a project', () => {
  it.each(['cloud', 'gateway', 'dataCenter'] as const satisfies readonly Face[])(
    'keeps what was read of it, and catches up with what happened meanwhile when it may again: %s',
    async (face) => {
      const site = await startJiraSimulator({ issues: 120, projects: 3, validateTraffic: true })
      const mirror = mirrorOf(site, { devStatusRepollHours: 0.5, includeRemoteLinks: true }, face)
      const sync = async (): Promise<void> => {
        expect(await mirror.sync()).toMatchObject({ state: 'finished', failures: [] })
      }
      const facts = [...site.truth().projects()]
      const projectId = facts.find(({ key }) => key === HIDDEN)?.id
      const inside = [...site.truth().issues()].flatMap((issue) => (issue.projectId === projectId ? [issue.id] : []))
      const outside = [...site.truth().issues()].flatMap((issue) => (issue.projectId === projectId ? [] : [issue.id]))
      try {
        await sync()
        const before = await mirror.tables()

        // What happens out of sight cannot be known; a deletion in sight is one.
        site.evolve({ hiddenProjects: [HIDDEN], deletions: [...inside.slice(0, 3), ...outside.slice(0, 2)] })
        site.evolve({ edits: inside.slice(5, 9) })
        await sync()
        const hidden = await mirror.tables()
        const idsOf = (issues: readonly string[]) => issues.map((line) => String(JSON.parse(line)[0]))
        const gone = idsOf(before.issues).filter((id) => !idsOf(hidden.issues).includes(id))
        expect(gone.sort()).toEqual(outside.slice(0, 2).sort())
        expect(hidden.projects).toEqual(before.projects)
        const ownedBy = (lines: readonly string[]) => lines.filter((line) => inside.includes(line.split(' ')[0] ?? ''))
        for (const table of ['comments', 'worklogs', 'pullRequests', 'transitions', 'remoteLinks'] as const) {
          expect(ownedBy(hidden[table])).toEqual(ownedBy(before[table]))
        }

        site.evolve({ shownProjects: [HIDDEN] })
        await sync()
        expect(await mirror.tables()).toEqual(tablesOf(site, face))
        expect(site.violations()).toEqual([])
      } finally {
        await mirror.stop()
        await site.close()
      }
    },
    300_000,
  )
})
