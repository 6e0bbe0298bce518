import { keyOf } from '../world/issue-state.ts'
import type { World } from '../world/world.ts'
import type { Ordering } from './parse-jql.ts'
import { placeOf, type SearchPlan } from './search-plan.ts'

/** Where a walk stands: the sort values of the last row that was delivered, its index last. */
export type Keyset = readonly (number | string)[]

export interface Walked {
  readonly indexes: readonly number[]
  /** Continue after this row; undefined when the walk is complete. */
  readonly next: Keyset | undefined
}

/**
 * Walks the matches of a plan in its order, `limit` at a time. A walk is a keyset walk like Jira's: it continues after
 * the last row's sort values, whatever became of that row. What changes its sort value meanwhile is therefore met
 * twice or not at all, and rows that keep theirs are met exactly once.
 */
export interface Walker {
  readonly page: (plan: SearchPlan, after: Keyset | undefined, limit: number) => Walked
  readonly count: (plan: SearchPlan) => number
}

/** Sorted answers kept for queries that are not in the order of creation. */
const REMEMBERED_SORTS = 4

export const createWalker = (world: World): Walker => {
  const { columns } = world
  const sorts = new Map<string, Uint32Array>()

  const matches = (plan: SearchPlan, index: number): boolean => {
    const project = columns.project(index)
    if (project < 0 || world.projects[project]?.isVisible === false || world.log.hidden.has(index)) return false
    if (plan.projects !== undefined && !plan.projects.has(project)) return false
    if (plan.numbers !== undefined) {
      const place = placeOf(world, index)
      const { from, until, project: wanted } = plan.numbers
      if (place.project !== wanted || place.number < from || place.number >= until) return false
    }
    const updated = columns.updated(index)
    if (updated < plan.updated.from || updated >= plan.updated.until) return false
    if (plan.created.from === Number.NEGATIVE_INFINITY && plan.created.until === Number.POSITIVE_INFINITY) return true
    const created = world.plan.createdAt(index, world.log.additions)
    return created >= plan.created.from && created < plan.created.until
  }

  /** In the order of creation, which is the order of indexes: no more work than the rows that are passed over. */
  const walkByIndex = (plan: SearchPlan, after: Keyset | undefined, limit: number, descending: boolean): Walked => {
    const indexes: number[] = []
    const last = after === undefined ? undefined : Number(after.at(-1))
    const candidates = descending
      ? countDown(last === undefined ? columns.size() - 1 : last - 1)
      : countUp(last === undefined ? 0 : last + 1, plan.updated.from)
    for (const index of candidates) {
      if (!matches(plan, index)) continue
      if (indexes.length === limit) return { indexes, next: [indexes.at(-1) ?? 0] }
      indexes.push(index)
    }
    return { indexes, next: undefined }
  }

  function* countUp(from: number, since: number): Generator<number> {
    for (let index = columns.skipTo(from, since); index < columns.size(); index = columns.skipTo(index + 1, since))
      yield index
  }
  function* countDown(from: number): Generator<number> {
    for (let index = from; index >= 0; index--) yield index
  }

  const sortValues = (order: readonly Ordering[], index: number): Keyset => [
    ...order.flatMap(({ field }) => sortValue(world, field, index)),
    index,
  ]

  const directions = (order: readonly Ordering[]): readonly number[] => [
    ...order.flatMap(({ field, descending }) =>
      Array.from({ length: field === 'key' ? 2 : 1 }, () => (descending ? -1 : 1)),
    ),
    1,
  ]

  const sorted = (plan: SearchPlan): Uint32Array => {
    const memo = JSON.stringify([
      world.version(),
      [...(plan.projects ?? [])],
      plan.issues,
      plan.numbers && [plan.numbers.project.index, plan.numbers.from, plan.numbers.until],
      plan.updated,
      plan.created,
      plan.order,
    ])
    const known = sorts.get(memo)
    if (known !== undefined) return known
    const candidates = plan.issues ?? countUp(0, plan.updated.from)
    const direction = directions(plan.order)
    const rows: { readonly index: number; readonly values: Keyset }[] = []
    for (const index of candidates)
      if (matches(plan, index)) rows.push({ index, values: sortValues(plan.order, index) })
    rows.sort((a, b) => compare(a.values, b.values, direction))
    const result = Uint32Array.from(rows, ({ index }) => index)
    const oldest = sorts.size >= REMEMBERED_SORTS ? sorts.keys().next().value : undefined
    if (oldest !== undefined) sorts.delete(oldest)
    sorts.set(memo, result)
    return result
  }

  const walkSorted = (plan: SearchPlan, after: Keyset | undefined, limit: number): Walked => {
    const all = sorted(plan)
    const direction = directions(plan.order)
    let low = 0
    let high = after === undefined ? 0 : all.length
    while (after !== undefined && low < high) {
      const middle = (low + high) >>> 1
      const values = sortValues(plan.order, all[middle] ?? 0)
      if (compare(values, after, direction) <= 0) low = middle + 1
      else high = middle
    }
    const indexes = [...all.subarray(low, low + limit)]
    const last = indexes.at(-1)
    return { indexes, next: last === undefined || low + limit >= all.length ? undefined : sortValues(plan.order, last) }
  }

  return {
    page: (plan, after, limit) => {
      const first = plan.order[0]
      const byIndex = plan.issues === undefined && (first?.field === 'created' || first?.field === 'id')
      return byIndex ? walkByIndex(plan, after, limit, first.descending) : walkSorted(plan, after, limit)
    },
    count: (plan) => {
      let count = 0
      for (const index of plan.issues ?? countUp(0, plan.updated.from)) if (matches(plan, index)) count += 1
      return count
    },
  }
}

const sortValue = (world: World, field: Ordering['field'], index: number): Keyset => {
  switch (field) {
    case 'created':
    case 'id':
      return [index]
    case 'updated':
      return [world.columns.updated(index)]
    case 'key': {
      const { project, number } = placeOf(world, index)
      return [keyOf({ project, number }).split('-')[0] ?? '', number]
    }
  }
}

const compare = (a: Keyset, b: Keyset, direction: readonly number[]): number => {
  for (let part = 0; part < direction.length; part++) {
    const [x, y] = [a[part] ?? 0, b[part] ?? 0]
    if (x !== y) return (x < y ? -1 : 1) * (direction[part] ?? 1)
  }
  return 0
}
