import { createDice } from '../../random.ts'
import { attributesOf } from './attributes.ts'
import type { Named } from './catalogue.ts'
import type { SprintDefinition } from './definitions.ts'
import { existingParts, type Part } from './parts.ts'
import { embeddedProject, hasKey, type Project } from './projects.ts'
import { type CategoryKey, existingStatuses, reprintStatuses } from './statuses.ts'
import { touchIssue } from './touch-issue.ts'
import type { World } from './world.ts'

/** Names what is changed by its id. */
type Change<Kind extends string, What> = Kind extends string
  ? { readonly kind: Kind; readonly id: string } & What
  : never

/**
 * What administrators and leads change of the things that issues only refer to. Jira touches issues where a version or a
 * component or a status is removed, with an entry in their histories, and otherwise none: not where a project gets another key either,
 * though its issues' keys change with it.
 */
export type Configuration =
  | Change<'project', { readonly key?: string; readonly name?: string }>
  | Change<'version', { readonly name?: string; readonly released?: boolean; readonly archived?: boolean }>
  | Change<'component', { readonly name?: string }>
  /** `id` is that of its project. */
  | Change<'new-version' | 'new-component', { readonly name: string }>
  /** Issues get `movedTo`, of the same project, in its place; or none. */
  | Change<'version-removal' | 'component-removal', { readonly movedTo?: string }>
  /** Issues that are in it are put into `movedTo`, of the same workflows. */
  | Change<'status-removal', { readonly movedTo: string }>
  | Change<'status', { readonly name?: string; readonly category?: CategoryKey }>
  | Change<'issue-type' | 'priority' | 'resolution' | 'board', { readonly name: string }>
  | Change<'person', { readonly displayName?: string; readonly active?: boolean }>
  | Change<'sprint', Omit<SprintDefinition, 'at'>>

type Of<Kind extends Configuration['kind']> = Extract<Configuration, { readonly kind: Kind }>

const SALT = 0x636f6e

/**
 * Changes how a site is set up, at its present moment.
 *
 * @throws RangeError when there is no such thing, or the name is taken
 */
export const createConfigure = (world: World): ((change: Configuration) => void) => {
  const { definitions, projects, people, siteUrl } = world
  let made = 0

  const rename = (
    project: Project,
    { key = project.key, name = project.name }: { key?: string; name?: string },
  ): void => {
    if (projects.some((other) => other !== project && hasKey(other, key)))
      throw new RangeError(
        `Failed to rename project ${project.key}: ${key} leads to another project. Choose another key.`,
      )
    // Its own former key may be taken again.
    project.formerKeys = [...project.formerKeys, project.key].filter((former) => former !== key)
    project.key = key
    project.name = name
    project.embeddedJson = embeddedProject(project, siteUrl)
  }

  const removePart = (list: Project['versions'], removed: Part, movedTo: Part | null): void => {
    const fields = projects.some(({ versions }) => versions === list)
      ? ([
          ['fixVersions', 'fixVersions', 'Fix Version'],
          ['affectedVersions', 'versions', 'Version'],
        ] as const)
      : ([['components', 'components', 'Component']] as const)
    const from = named(removed)
    const to = movedTo && named(movedTo)
    for (let index = 0; index < world.columns.size(); index++) {
      if (!world.exists(index)) continue
      const attributes = attributesOf(world.seed, index, world.issue(index).state.project)
      for (const [attribute, fieldId, field] of fields) {
        if (!attributes[attribute].includes(removed)) continue
        const dice = createDice(world.seed, index, SALT + made)
        touchIssue(world, dice, index, { kind: 'part', field, fieldId, from, to }, world.clock.now())
      }
    }
    removed.goneTo = movedTo
  }

  const removeStatus = (change: Of<'status-removal'>): void => {
    const { id, movedTo } = change
    for (const { workflow } of projects.filter((each) => each.workflow.some((status) => status.id === id)))
      found(existingStatuses(workflow, definitions), { ...change, id: movedTo })
    for (let index = 0; index < world.columns.size(); index++) {
      if (!world.exists(index)) continue
      const { status, project } = world.issue(index).state
      if (status.id !== id) continue
      const to = found(project.workflow, { ...change, id: movedTo })
      touchIssue(world, createDice(world.seed, index, SALT + made), index, { kind: 'migrate', to }, world.clock.now())
    }
    definitions.removedStatuses.set(id, world.clock.now())
    // What happens next happens after it.
    world.clock.advance(1)
  }

  const renameType = ({ id, name }: Of<'issue-type'>): void => {
    for (const type of projects.flatMap(({ types }) => types).filter((each) => each.id === id)) {
      type.json = JSON.stringify({ ...(JSON.parse(type.json) as object), name })
      type.embeddedJson = JSON.stringify({ ...(JSON.parse(type.embeddedJson) as object), name })
    }
  }

  const changePerson = (change: Of<'person'>): void => {
    const { kind: _kind, id, ...changes } = change
    const person = people.find(({ accountId }) => accountId === id)
    if (person === undefined) throw missing(change)
    person.json = JSON.stringify({ ...(JSON.parse(person.json) as object), ...changes })
  }

  const addPart = (change: Of<'new-version' | 'new-component'>): void => {
    const { versions, components } = found(projects, change)
    const [list, first] = change.kind === 'new-version' ? [versions, 80_000] : [components, 70_000]
    const { name } = change
    list.push({ id: String(first + made), name, released: false, archived: false, releaseDate: undefined })
  }

  const changePart = (change: Of<'version' | 'component'>): void => {
    const { kind: _kind, id: _id, ...changes } = change
    Object.assign(partNamed(projects, change).part, changes)
  }

  const apply = (change: Configuration): void => {
    const { kind, id } = change
    if (kind === 'project') rename(found(projects, change), change)
    else if (kind === 'new-version' || kind === 'new-component') addPart(change)
    else if (kind === 'version' || kind === 'component') changePart(change)
    else if (kind === 'version-removal' || kind === 'component-removal') {
      const { list, part } = partNamed(projects, change)
      const { movedTo } = change
      removePart(list, part, movedTo === undefined ? null : found(existingParts(list), { ...change, id: movedTo }))
    } else if (kind === 'status') {
      const { kind: _kind, id: _id, ...changes } = change
      definitions.statuses.set(id, { ...definitions.statuses.get(id), ...changes })
      reprintStatuses(definitions)
    } else if (kind === 'issue-type') renameType(change)
    else if (kind === 'status-removal') removeStatus(change)
    else if (kind === 'person') changePerson(change)
    else if (kind === 'sprint') {
      const { kind: _kind, id: _id, ...changes } = change
      definitions.sprints.set(Number(id), { ...definitions.sprints.get(Number(id)), ...changes, at: world.clock.now() })
    } else if (kind === 'board') definitions.boards.set(Number(id), change.name)
    else definitions[kind === 'priority' ? 'priorities' : 'resolutions'].set(id, change.name)
  }

  return (change) => {
    made += 1
    apply(change)
    world.bumpVersion()
  }
}

const named = ({ id, name }: Named): Named => ({ id, name })

const missing = ({ kind, id }: Configuration): RangeError =>
  new RangeError(`Failed to change ${kind} ${id}: there is none of that id.`)

const found = <Thing extends Named>(things: readonly Thing[], change: Configuration): Thing => {
  const thing = things.find(({ id }) => id === change.id)
  if (thing === undefined) throw missing(change)
  return thing
}

const partNamed = (
  projects: readonly Project[],
  change: Configuration,
): { readonly list: Project['versions']; readonly part: Part } => {
  const lists = projects.map(({ versions, components }) => (change.kind.startsWith('version') ? versions : components))
  const list = lists.find((parts) => existingParts(parts).some(({ id }) => id === change.id))
  if (list === undefined) throw missing(change)
  return { list, part: found(list, change) }
}
