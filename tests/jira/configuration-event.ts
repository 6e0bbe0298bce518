import type { Configuration, JiraSimulator } from '@millrace-examples/simulators'
import fc from 'fast-check'

const KINDS = [
  'project key',
  'project name',
  'new version',
  'version name',
  'version state',
  'version removal',
  'version merge',
  'new component',
  'component name',
  'component removal',
  'component move',
  'status name',
  'status category',
  'status removal',
  'issue type',
  'priority',
  'resolution',
  'board',
  'sprint name',
  'sprint state',
  'person name',
  'person inactive',
] as const

/** Something that administrators change, drawn without knowing what the site holds by then. */
export const configurationEvent = fc.record({
  kind: fc.constantFrom(...KINDS),
  /** Which of those that there are, and which other one. */
  which: fc.nat(1000),
  other: fc.nat(1000),
})
export type ConfigurationEvent = typeof configurationEvent extends fc.Arbitrary<infer Value> ? Value : never

const PRIORITIES = ['1', '2', '3', '4', '5']
const RESOLUTIONS = ['10000', '10001', '10002', '10003']
const CATEGORIES = ['new', 'indeterminate', 'done'] as const
const SPRINT_STATES = ['active', 'closed'] as const

/**
 * Makes it happen, where there is anything that it could happen to.
 *
 * @param turn tells it from all that happened before, so that no name is used twice
 */
export function configure(site: JiraSimulator, { kind, which, other }: ConfigurationEvent, turn: number): void {
  const pick = <Thing>(things: readonly Thing[], by = which): Thing | undefined => things[by % things.length]
  const facts = [...site.truth().projects()]
  const project = pick(facts.filter(({ state }) => state === 'live'))
  const issue = pick([...site.truth().issues()])
  const name = `name ${turn}`
  const part = (of: 'version' | 'component'): readonly { readonly id: string }[] =>
    (of === 'version' ? project?.versions : project?.components) ?? []
  const removal = (of: 'version' | 'component', isMoved: boolean): Configuration | undefined => {
    const [from, to] = [pick(part(of)), pick(part(of), other)]
    if (!from || (isMoved && (!to || to.id === from.id))) return undefined
    return { kind: `${of}-removal`, id: from.id, ...(isMoved && to && { movedTo: to.id }) }
  }
  const about = <Thing>(found: Thing | undefined, tell: (found: Thing) => Configuration): Configuration | undefined =>
    found === undefined ? undefined : tell(found)
  const changes: { readonly [Kind in ConfigurationEvent['kind']]: () => Configuration | undefined } = {
    // Now and then back to one that it had before.
    'project key': () =>
      about(project, ({ id, formerKeys }) => ({
        kind: 'project',
        id,
        key: other % 3 === 0 && formerKeys[0] !== undefined ? formerKeys[0] : `KEY${turn}`,
      })),
    'project name': () => about(project, ({ id }) => ({ kind: 'project', id, name })),
    'new version': () => about(project, ({ id }) => ({ kind: 'new-version', id, name })),
    'version name': () => about(pick(part('version')), ({ id }) => ({ kind: 'version', id, name })),
    'version state': () =>
      about(pick(part('version')), ({ id }) => ({
        kind: 'version',
        id,
        released: other % 2 === 0,
        archived: other % 3 === 0,
      })),
    'version removal': () => removal('version', false),
    'version merge': () => removal('version', true),
    'new component': () => about(project, ({ id }) => ({ kind: 'new-component', id, name })),
    'component name': () => about(pick(part('component')), ({ id }) => ({ kind: 'component', id, name })),
    'component removal': () => removal('component', false),
    'component move': () => removal('component', true),
    'status name': () => about(pick(project?.statusIds ?? [], other), (id) => ({ kind: 'status', id, name })),
    'status category': () =>
      about(pick(project?.statusIds ?? [], other), (id) => ({
        kind: 'status',
        id,
        category: CATEGORIES[which % CATEGORIES.length] ?? 'done',
      })),
    // A workflow keeps two at least, and what is in the trash its status.
    'status removal': () => {
      const [from, to] = [pick(project?.statusIds ?? []), pick(project?.statusIds ?? [], other)]
      if (!from || !to || from === to) return undefined
      const users = facts.filter(({ statusIds }) => statusIds.includes(from))
      if (users.some(({ state, statusIds }) => state === 'deleted' || statusIds.length < 3)) return undefined
      return { kind: 'status-removal', id: from, movedTo: to }
    },
    'issue type': () => about(pick(project?.typeIds ?? [], other), (id) => ({ kind: 'issue-type', id, name })),
    priority: () => about(pick(PRIORITIES), (id) => ({ kind: 'priority', id, name })),
    resolution: () => about(pick(RESOLUTIONS), (id) => ({ kind: 'resolution', id, name })),
    board: () => about(pick(['1', '100', '101', '102', '103']), (id) => ({ kind: 'board', id, name })),
    'sprint name': () =>
      about(pick(issue?.sprintIds ?? [], other), (id) => ({ kind: 'sprint', id, name, goal: `goal ${turn}` })),
    'sprint state': () =>
      about(pick(issue?.sprintIds ?? [], other), (id) => ({
        kind: 'sprint',
        id,
        state: SPRINT_STATES[other % 2] ?? 'active',
      })),
    'person name': () => about(issue, ({ reporterId: id }) => ({ kind: 'person', id, displayName: name })),
    // What becomes of somebody whose account is closed.
    'person inactive': () =>
      about(issue, ({ reporterId: id }) => ({ kind: 'person', id, displayName: 'Former user', active: false })),
  }
  const change = changes[kind]()
  if (change !== undefined) site.configure(change)
}
