import { createDice, type Dice } from '../../random.ts'
import { ALL_SPRINTS } from './catalogue.ts'
import { issueIdOf } from './census-plan.ts'
import type { ChangeKind } from './changes.ts'
import { type Choice, choose, destinations, existing, type MoveChoice } from './choice.ts'
import type { Project } from './projects.ts'
import type { Link } from './relations.ts'
import { type EditKind, touchIssue } from './touch-issue.ts'
import type { Issue, World } from './world.ts'

export interface EvolveRequest {
  /** Issues that get one change of any kind: a transition, an assignment, a comment, … */
  readonly edits?: Choice
  /** Issues that get a status transition. */
  readonly transitions?: Choice
  /** Issues that move to another project: the key changes, the id stays. */
  readonly moves?: MoveChoice
  /** Issues that lose one link to another issue. Both ends are touched. */
  readonly unlinks?: Choice
  /** Issues that lose one pull request. Jira does not touch `updated` for that. */
  readonly pullRequestUnlinks?: Choice
  /** Issues that lose a comment; and those that lose a worklog. */
  readonly commentDeletions?: Choice
  readonly worklogDeletions?: Choice
  readonly deletions?: Choice
  /** Sprints that are deleted, by id, or how many are drawn. What was planned for them is not any more. */
  readonly sprintDeletions?: number | readonly number[]
  /** Keys or ids of live projects that are deleted, with their issues; and of those that come back from the trash, as they were. */
  readonly projectDeletions?: readonly string[]
  readonly projectRestores?: readonly string[]
  /** Keys or ids of live projects that are archived, and of archived ones that live again. */
  readonly archivedProjects?: readonly string[]
  readonly unarchivedProjects?: readonly string[]
  /** Keys or ids of live projects that the user may browse no longer, and of those that he may browse again. */
  readonly hiddenProjects?: readonly string[]
  readonly shownProjects?: readonly string[]
  /** Issues that a security level keeps from the user, and how many of those he sees again. Nothing touches `updated`. */
  readonly hiddenIssues?: Choice
  readonly shownIssues?: number
  /** New issues, distributed over the projects like the others. */
  readonly additions?: number
  /** How much time passes meanwhile. @default 3_600_000, or 0 when the clock runs by itself */
  readonly advanceMs?: number
}

export interface EvolveReport {
  /** The period in which it happened: after `from`, up to `until`, epoch milliseconds. */
  readonly from: number
  readonly until: number
  readonly edited: readonly string[]
  readonly moved: readonly { readonly id: string; readonly from: string; readonly to: string }[]
  /** Ids of the issue links that were removed. */
  readonly unlinked: readonly string[]
  /** Addresses of the pull requests that were taken off their issue. */
  readonly unlinkedPullRequests: readonly string[]
  /** Ids of the comments, and of the worklogs, that are gone. */
  readonly deletedComments: readonly string[]
  readonly deletedWorklogs: readonly string[]
  readonly deleted: readonly string[]
  readonly deletedSprints: readonly string[]
  readonly added: readonly string[]
}

const EDIT_KINDS: readonly ChangeKind[] = [
  'transition',
  'transition',
  'assign',
  'plan',
  'prioritise',
  'estimate',
  'relabel',
  'retitle',
  'rewrite',
  'comment',
]

const EVOLVE_SALT = 0x65766f

/** Lets time pass on a site. The same requests in the same order lead to the same site, however it is read meanwhile. */
export const createEvolve = (world: World, defaultAdvanceMs: number): ((request: EvolveRequest) => EvolveReport) => {
  const { log, columns, clock, plan } = world
  let turn = 0
  let movedNumber = 10 ** Math.ceil(Math.log10(Math.max(10, columns.size()) * 10))

  return (request) => {
    // Names are checked before anything happens: a request is carried out whole or not at all.
    const { edits, transitions, unlinks, pullRequestUnlinks, commentDeletions, worklogDeletions, deletions } = request
    for (const choice of [
      edits,
      transitions,
      unlinks,
      pullRequestUnlinks,
      commentDeletions,
      worklogDeletions,
      deletions,
      request.hiddenIssues,
    ]) {
      if (typeof choice === 'object') for (const idOrKey of choice) existing(world, idOrKey)
    }
    if (typeof request.moves === 'object') destinations(world, createDice(0, 0, 0), request.moves)
    const named = (names: readonly string[] = [], state: Project['state'] = 'live'): readonly Project[] =>
      names.map((name) => projectNamed(world, name, state))
    const doomed = named(request.projectDeletions)
    const restored = named(request.projectRestores, 'deleted')
    const archived = named(request.archivedProjects)
    const unarchived = named(request.unarchivedProjects, 'archived')
    const hidden = named(request.hiddenProjects)
    const shown = named(request.shownProjects)
    turn += 1
    const dice = createDice(world.seed, turn, EVOLVE_SALT)
    const from = clock.now()
    clock.advance(request.advanceMs ?? defaultAdvanceMs)
    const until = clock.now()
    const instant = (): number => (until > from ? from + 1 + dice.below(until - from) : until)
    const touch = (index: number, edit: EditKind, when: number): void => touchIssue(world, dice, index, edit, when)
    const chosen = (choice: Choice | undefined, fits: (index: number) => boolean = () => true): readonly number[] =>
      choose(world, dice, choice, fits)

    const edited = chosen(edits)
    for (const index of edited) touch(index, { kind: 'change', change: dice.pick(EDIT_KINDS) }, instant())
    const transitioned = chosen(transitions)
    for (const index of transitioned) touch(index, { kind: 'change', change: 'transition' }, instant())

    const moved = destinations(world, dice, request.moves).map(({ index, to }) => {
      const { key: before, state } = world.issue(index)
      const when = instant()
      orphanChildren(index, before, when)
      movedNumber += 1
      const after = `${to.key}-${movedNumber}`
      const parentKey = state.parent === null || !world.exists(state.parent) ? '' : world.issue(state.parent).key
      touch(index, { kind: 'move', to, number: movedNumber, parentKey, fromKey: before, toKey: after }, when)
      columns.move(index, to.index)
      log.movedKeys.set(`${to.born.key}-${movedNumber}`, index)
      return { id: issueIdOf(index), from: before, to: after }
    })

    const unlinked = chosen(unlinks, (index) => world.links(index).length > 0).flatMap((index) => {
      const link = world.links(index)[0]
      if (link === undefined) return []
      unlink(link, instant())
      return [String(link.id)]
    })
    const hasPullRequest = (index: number): boolean => world.development(world.issue(index)).pullRequests.length > 0
    const unlinkedPullRequests = chosen(pullRequestUnlinks, hasPullRequest).flatMap((index) => {
      const url = world.development(world.issue(index)).pullRequests[0]?.url
      if (url === undefined) return []
      log.removedPullRequests.add(url)
      return [url]
    })

    const erased = (of: (issue: Issue) => readonly { readonly id: number }[], removed: Set<number>, choice?: Choice) =>
      chosen(choice, (index) => of(world.issue(index)).length > 0).flatMap((index) => {
        const first = of(world.issue(index))[0]
        if (first === undefined) return []
        removed.add(first.id)
        touch(index, { kind: 'erase' }, instant())
        return [String(first.id)]
      })
    const deletedComments = erased(world.comments, log.removedComments, commentDeletions)
    const deletedWorklogs = erased(world.worklogs, log.removedWorklogs, worklogDeletions)

    const deletedSprints = sprintsToDelete(world, dice, request.sprintDeletions)
    for (const sprint of deletedSprints) {
      for (let index = 0; index < columns.size(); index++) {
        if (world.exists(index) && world.issue(index).state.sprints.includes(sprint))
          touch(index, { kind: 'unplan', sprint }, instant())
      }
      log.removedSprints.add(sprint)
    }

    const remove = (index: number): string => {
      const when = instant()
      // As Jira does, without a word at the other ends.
      for (const link of world.links(index)) log.removedLinks.add(link.id)
      orphanChildren(index, world.issue(index).key, when)
      log.deleted.set(index, when)
      columns.remove(index)
      return issueIdOf(index)
    }
    const deleted = chosen(deletions).map(remove)
    for (const project of restored) {
      for (const index of log.trash.get(project.index) ?? []) {
        log.deleted.delete(index)
        columns.move(index, project.index)
      }
      project.state = 'live'
    }
    for (const project of doomed) {
      const owned = Array.from({ length: columns.size() }, (_, index) => index).filter(
        (index) => columns.project(index) === project.index,
      )
      deleted.push(...owned.map(remove))
      log.trash.set(project.index, owned)
      project.state = 'deleted'
    }
    for (const project of archived) project.state = 'archived'
    for (const project of unarchived) project.state = 'live'

    for (const project of hidden) project.isVisible = false
    for (const project of shown) project.isVisible = true
    for (const index of [...log.hidden].slice(0, request.shownIssues ?? 0)) log.hidden.delete(index)
    for (const index of chosen(request.hiddenIssues)) log.hidden.add(index)

    const added = addIssues(request.additions ?? 0, from, until)
    world.bumpVersion()
    const ids = (indexes: readonly number[]): readonly string[] => indexes.map(issueIdOf)
    return {
      from,
      until,
      edited: ids([...edited, ...transitioned]),
      moved,
      unlinked,
      unlinkedPullRequests,
      deletedComments,
      deletedWorklogs,
      deleted,
      deletedSprints: deletedSprints.map(String),
      added,
    }

    function unlink(link: Link, when: number): void {
      const ends = [world.issue(link.outward), world.issue(link.inward)] as const
      log.removedLinks.add(link.id)
      const phrase = (verb: string, key: string): string => `This issue ${verb} ${key}`
      touch(
        link.outward,
        { kind: 'unlink', otherKey: ends[1].key, phrase: phrase(link.type.outward, ends[1].key) },
        when,
      )
      touch(link.inward, { kind: 'unlink', otherKey: ends[0].key, phrase: phrase(link.type.inward, ends[0].key) }, when)
    }

    function orphanChildren(index: number, parentKey: string, when: number): void {
      for (const child of world.children(index)) touch(child, { kind: 'orphan', parentKey }, when)
    }

    function addIssues(count: number, after: number, last: number): readonly string[] {
      if (count === 0) return []
      const first = columns.size()
      log.additions.push({ first, count, after, until: Math.max(last, after + count) })
      const ids = Array.from({ length: count }, (_, order) => {
        const index = first + order
        const created = plan.createdAt(index, log.additions)
        columns.append(created, plan.projectOf(index).index)
        // Nothing is added to a project that is not live; the number is used up.
        if (plan.projectOf(index).state !== 'live') columns.remove(index)
        return issueIdOf(index)
      })
      // A link touches both of its ends, also the one that was there before.
      for (let index = first; index < first + count; index++) {
        for (const { type, outward, inward } of world.links(index)) {
          if (outward !== index || inward >= first || !world.exists(index)) continue
          const { key, created } = world.issue(index)
          touch(inward, { kind: 'link', otherKey: key, phrase: `This issue ${type.inward} ${key}` }, created)
        }
      }
      return ids
    }
  }
}

/** Sprints that exist. */
const sprintsToDelete = (world: World, dice: Dice, choice: number | readonly number[] = 0): readonly number[] => {
  const left = ALL_SPRINTS.filter((sprint) => !world.log.removedSprints.has(sprint))
  if (typeof choice !== 'number') return choice.filter((sprint) => left.includes(sprint))
  return [...new Set(Array.from({ length: Math.min(choice, left.length) }, () => dice.pick(left)))]
}

/** @throws RangeError when there is no such project */
const projectNamed = (world: World, name: string, wanted: Project['state']): Project => {
  const found = world.projects.find(({ state, id, key }) => state === wanted && (id === name || key === name))
  if (found === undefined) {
    throw new RangeError(`Failed to evolve project ${name}: there is no ${wanted} one of that name.`)
  }
  return found
}
