import type { TimeZone } from '../time-zone.ts'
import type { Project } from '../world/projects.ts'
import type { World } from '../world/world.ts'
import { instantOfLiteral } from './date-literal.ts'
import { JqlError } from './jql-error.ts'
import { type Clause, type JqlQuery, type Ordering, parseJql } from './parse-jql.ts'

/** A query against one site at one moment. Ranges are half open: from ≤ instant < until. */
export interface SearchPlan {
  /** Positions of the projects to search; undefined searches all of them. */
  readonly projects: ReadonlySet<number> | undefined
  /** The only issues to look at, when the query names them. */
  readonly issues: readonly number[] | undefined
  /** Only issues of this project whose keys have these numbers. */
  readonly numbers: (Range & { readonly project: Project }) | undefined
  readonly updated: Range
  readonly created: Range
  readonly order: readonly Ordering[]
}

export interface Range {
  readonly from: number
  readonly until: number
}

const EVERYTHING: Range = { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY }
const NOTHING: Range = { from: 0, until: 0 }
const NEWEST_FIRST: Ordering = { field: 'created', descending: true }

/**
 * Binds a query to a site: names become issues and projects, literals become instants.
 *
 * @param validate otherwise issues that do not exist are passed over
 * @throws JqlError when the query has no restriction, or names what does not exist
 */
export const planSearch = (jql: string, world: World, zone: TimeZone, validate = true): SearchPlan => {
  const query: JqlQuery = parseJql(jql)
  if (query.clauses.length === 0) {
    throw new JqlError('Unbounded JQL queries are not allowed here. Please add a search restriction to your query.')
  }
  let plan: SearchPlan = {
    projects: undefined,
    issues: undefined,
    numbers: undefined,
    updated: EVERYTHING,
    created: EVERYTHING,
    order: query.order.length === 0 ? [NEWEST_FIRST] : query.order,
  }
  for (const clause of query.clauses) plan = narrow(plan, clause, world, zone, validate)
  return plan
}

const narrow = (plan: SearchPlan, clause: Clause, world: World, zone: TimeZone, validate: boolean): SearchPlan => {
  switch (clause.field) {
    case 'project': {
      const found = new Set(clause.values.map((value) => projectNamed(world, value)))
      const { projects = found } = plan
      return { ...plan, projects: new Set([...found].filter((index) => projects.has(index))) }
    }
    case 'issuekey':
    case 'id': {
      if (clause.operator !== '=' && clause.operator !== 'in') return { ...plan, numbers: beyond(plan, clause, world) }
      const named = clause.values.filter((value) => validate || world.findVisible(value) !== undefined)
      const found = new Set(named.map((value) => issueNamed(world, clause.field, value)))
      const issues = plan.issues === undefined ? [...found] : plan.issues.filter((index) => found.has(index))
      return { ...plan, issues }
    }
    case 'updated':
    case 'created': {
      const instant = instantOfLiteral(clause.field, clause.values[0] ?? '', zone, world.clock.now())
      return { ...plan, [clause.field]: restrict(plan[clause.field], clause.operator, instant) }
    }
  }
}

/**
 * Jira compares keys where it compares issues, also by their ids: the number in the key, within the project that the issue
 * named is in at present.
 */
const beyond = (plan: SearchPlan, { field, operator, values }: Clause, world: World): SearchPlan['numbers'] => {
  const { project, number } = placeOf(world, issueNamed(world, field, values[0] ?? ''))
  const { numbers = { ...EVERYTHING, project } } = plan
  return numbers.project === project ? { ...restrict(numbers, operator, number), project } : { ...NOTHING, project }
}

const restrict = (range: Range, operator: Clause['operator'], instant: number): Range => {
  const from = operator === '>=' || operator === '=' ? instant : operator === '>' ? instant + 1 : range.from
  const until = operator === '<' ? instant : operator === '<=' || operator === '=' ? instant + 1 : range.until
  return { from: Math.max(range.from, from), until: Math.min(range.until, until) }
}

const projectNamed = (world: World, value: string): number => {
  const wanted = value.toLowerCase()
  const found = world.projects.find(
    ({ state, isVisible, id, key, name }) =>
      state === 'live' && isVisible && (id === value || key.toLowerCase() === wanted || name.toLowerCase() === wanted),
  )
  if (found === undefined) throw new JqlError(`The value '${value}' does not exist for the field 'project'.`)
  return found.index
}

/** Where an issue is at present: its project, and the number in its key. */
export const placeOf = (world: World, index: number): { readonly project: Project; readonly number: number } =>
  world.log.edits.has(index)
    ? world.issue(index).state
    : { project: world.plan.projectOf(index), number: world.plan.numberOf(index) }

const issueNamed = (world: World, field: string, value: string): number => {
  const index = world.findVisible(value)
  if (index === undefined) {
    const what = /^\d+$/.test(value) ? `A value with ID '${value}'` : `An issue with key '${value}'`
    throw new JqlError(`${what} does not exist for field '${field}'.`)
  }
  return index
}
