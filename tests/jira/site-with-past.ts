import type { JiraSimulator } from '@millrace-examples/simulators'
import fc from 'fast-check'
import { configurationEvent, configure } from './configuration-event.ts'
import type { Face } from './mirror.ts'

/** A project of four, each for one kind of change, which happens or is taken back; by id, which stays whatever it is called. */
const CHANGING = { hidden: '10001', deleted: '10002', archived: '10003' } as const
type Changing = keyof typeof CHANGING

const few = fc.nat(4)

/** Something that happens on a site at a moment. */
export const event = fc.record({
  issues: fc.record({
    edits: fc.nat(12),
    transitions: few,
    moves: few,
    unlinks: few,
    pullRequestUnlinks: few,
    commentDeletions: few,
    worklogDeletions: few,
    deletions: fc.nat(2),
    additions: few,
    hiddenIssues: fc.nat(2),
    sprintDeletions: fc.nat(2),
    shownIssues: fc.nat(2),
  }),
  configuration: fc.array(configurationEvent, { maxLength: 2 }),
  project: fc.option(fc.constantFrom(...(Object.keys(CHANGING) as Changing[])), { freq: 2 }),
  /** How much time passes meanwhile: seconds, minutes, or up to most of a day. */
  advanceMs: fc.oneof(fc.nat(60_000), fc.nat(900_000), fc.nat(72_000_000)),
})
export type Event = typeof event extends fc.Arbitrary<infer Value> ? Value : never

export interface SiteWithPast {
  happen(event: Event): void
  /** Nothing happens any more: what was hidden or archived is seen again, and some time passes. */
  rest(): void
  /** Issues that a security level kept from the account are seen again. */
  reveal(): void
}

const HOUR_MS = 3_600_000

/**
 * @param ends what is hidden and shown between two censuses comes, as far as it changed meanwhile, with its next change or with
 *   a full sync: without one, nothing is shown before the end
 */
export function siteWithPast(site: JiraSimulator, face: Face, ends: 'incremental' | 'full'): SiteWithPast {
  let turn = 0
  const now: Record<Changing, boolean> = { hidden: false, deleted: false, archived: false }
  const toggle = (what: Changing): Parameters<JiraSimulator['evolve']>[0] => {
    now[what] = !now[what]
    const names = [CHANGING[what]]
    if (what === 'hidden') return now.hidden ? { hiddenProjects: names } : { shownProjects: names }
    if (what === 'deleted') return now.deleted ? { projectDeletions: names } : { projectRestores: names }
    return now.archived ? { archivedProjects: names } : { unarchivedProjects: names }
  }
  return {
    happen({ issues, configuration, project, advanceMs }) {
      for (const each of configuration) configure(site, each, turn++)
      // Data Center has no trash: what is deleted there does not come back.
      const happens = project !== null && !(project === 'deleted' && face === 'dataCenter')
      const shownIssues = ends === 'full' ? issues.shownIssues : 0
      site.evolve({ ...issues, shownIssues, ...(happens && toggle(project)), advanceMs })
    },
    rest() {
      for (const what of ['hidden', 'archived'] as const) {
        if (now[what]) site.evolve({ ...toggle(what), advanceMs: 0 })
      }
      site.evolve({ advanceMs: HOUR_MS })
    },
    reveal() {
      site.evolve({ shownIssues: Number.MAX_SAFE_INTEGER, advanceMs: HOUR_MS })
    },
  }
}
