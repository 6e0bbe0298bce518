import { type CensusPlan, createCensusPlan, indexOfIssueId, issueIdOf } from './census-plan.ts'
import { type Columns, createColumns } from './columns.ts'
import { createDefinitions, type Definitions } from './definitions.ts'
import { type Development, developmentOf } from './development.ts'
import { type Comment, commentsOf, type Worklog, worklogsOf } from './discussion.ts'
import { createEditLog, type EditLog } from './edits.ts'
import { keyOf } from './issue-state.ts'
import { createLives, type Life } from './life.ts'
import { createPeople, type Person } from './people.ts'
import { createProjects, hasKey, type Project } from './projects.ts'
import { createRelations, type Link, type Relations } from './relations.ts'
import { createSiteClock, type SiteClock } from './site-clock.ts'

export interface WorldOptions {
  readonly seed: number
  readonly issues: number
  readonly projects: number
  readonly siteUrl: string
  readonly now: number
  readonly clockRuns: boolean
  /** Little happens to an issue. */
  readonly quiet: boolean
}

/** An issue that exists, with its life replayed. */
export interface Issue extends Life {
  readonly index: number
  readonly id: string
  readonly key: string
}

/**
 * The content of a Jira site. An issue is a pure function of (seed, index, what was logged since), so a site of any
 * size costs the columns that searches need and nothing else.
 */
export interface World {
  readonly seed: number
  readonly siteUrl: string
  readonly clock: SiteClock
  readonly people: readonly Person[]
  /** Live, archived and deleted ones, in this order. */
  readonly projects: readonly Project[]
  readonly plan: CensusPlan
  readonly relations: Relations
  readonly log: EditLog
  readonly definitions: Definitions
  readonly columns: Columns
  /** Grows with every evolution; what is cached about the site is valid for one version. */
  readonly version: () => number
  readonly bumpVersion: () => void
  readonly exists: (index: number) => boolean
  readonly issue: (index: number) => Issue
  /** Finds an issue by id, by key, or by a key it had before it moved, or before its project got another key. */
  readonly find: (idOrKey: string) => number | undefined
  /** The same, as far as the user may browse its project, and it. */
  readonly findVisible: (idOrKey: string) => number | undefined
  readonly links: (index: number) => readonly Link[]
  readonly children: (index: number) => readonly number[]
  readonly comments: (issue: Issue) => readonly Comment[]
  readonly worklogs: (issue: Issue) => readonly Worklog[]
  readonly development: (issue: Issue) => Development
}

const KEY = /^([A-Z][A-Z0-9_]*)-([1-9][0-9]{0,14})$/

export const createWorld = (options: WorldOptions): World => {
  const { seed, issues: count, siteUrl, quiet } = options
  const people = createPeople(seed, siteUrl)
  const projects = createProjects(seed, options.projects, siteUrl, people)
  const plan = createCensusPlan(seed, count, projects, options.now, quiet)
  const relations = createRelations(seed, plan)
  const log = createEditLog()
  const definitions = createDefinitions()
  const lives = createLives(seed, plan, relations, people, log, definitions)
  const columns = createColumns(count)
  for (let index = 0; index < count; index++) columns.append(plan.touchedAt(index, []), plan.projectOf(index).index)
  let version = 0

  const exists = (index: number): boolean =>
    Number.isInteger(index) && index >= 0 && index < columns.size() && columns.project(index) >= 0

  const findByKey = (key: string): number | undefined => {
    const [, projectKey = '', number = ''] = KEY.exec(key) ?? []
    const project = projects.find((each) => hasKey(each, projectKey))
    if (project === undefined) return undefined
    const moved = log.movedKeys.get(`${project.born.key}-${number}`)
    if (moved !== undefined) return moved
    return project.state === 'live' ? plan.indexOf(project, Number(number)) : undefined
  }

  const find = (idOrKey: string): number | undefined => {
    const index = /^\d+$/.test(idOrKey) ? indexOfIssueId(idOrKey) : findByKey(idOrKey.toUpperCase())
    return index !== undefined && exists(index) ? index : undefined
  }

  return {
    seed,
    siteUrl,
    clock: createSiteClock(options.now, options.clockRuns),
    people,
    projects,
    plan,
    relations,
    log,
    definitions,
    columns,
    version: () => version,
    bumpVersion: () => {
      version += 1
    },
    exists,
    issue: (index) => {
      const life = lives(index)
      return { ...life, index, id: issueIdOf(index), key: keyOf(life.state) }
    },
    find,
    findVisible: (idOrKey) => {
      const index = find(idOrKey)
      if (index === undefined || log.hidden.has(index)) return undefined
      return projects[columns.project(index)]?.isVisible ? index : undefined
    },
    links: (index) =>
      relations
        .linksOf(index, columns.size())
        .filter((link) => !log.removedLinks.has(link.id) && exists(link.outward) && exists(link.inward)),
    children: (index) =>
      relations
        .childrenOf(index, columns.size())
        .filter((child) => exists(child) && lives(child).state.parent === index),
    comments: ({ index, created, state }) =>
      commentsOf(
        seed,
        index,
        created,
        plan.touchedAt(index, log.additions),
        state.laterComments,
        people.length,
        quiet,
      ).filter(({ id }) => !log.removedComments.has(id)),
    worklogs: ({ index, created }) =>
      worklogsOf(seed, index, created, plan.touchedAt(index, log.additions), people.length, quiet).filter(
        ({ id }) => !log.removedWorklogs.has(id),
      ),
    development: ({ index, created }) => {
      // Pull requests keep the key they were opened for, wherever the issue goes.
      const bornAs = `${plan.projectOf(index).born.key}-${plan.numberOf(index)}`
      return developmentOf(
        seed,
        index,
        bornAs,
        created,
        plan.touchedAt(index, log.additions),
        people.length,
        log.removedPullRequests,
      )
    },
  }
}
