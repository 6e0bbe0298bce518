import { GraphQLError } from 'graphql'

export interface ConnectionArguments {
  readonly first?: number | null
  readonly last?: number | null
  readonly after?: string | null
  readonly before?: string | null
}

/** Where an item stands in its list: the value it is sorted by, then one that tells equals apart. */
export type SortKey = readonly [number, number]

/** A sorted list that is looked at in pages, without making more of its items than a page shows. */
export interface Sorted<Item> {
  readonly length: number
  readonly keyAt: (index: number) => SortKey
  readonly itemAt: (index: number) => Item
  /** -1 for lists that begin with the largest key. @default 1 */
  readonly direction?: 1 | -1
}

/** A cursor holds the sort key of an item, not its position: what is inserted or removed meanwhile shifts no page. */
const cursorOf = ([first, second]: SortKey): string =>
  Buffer.from(`cursor:v2:${JSON.stringify([first, second])}`).toString('base64')

const parseCursor = (cursor: string): SortKey => {
  const text = Buffer.from(cursor, 'base64').toString('utf8')
  try {
    const [first, second] = JSON.parse(text.slice('cursor:v2:'.length)) as [unknown, unknown]
    if (text.startsWith('cursor:v2:') && typeof first === 'number' && typeof second === 'number') return [first, second]
  } catch {
    // Falls through to the refusal.
  }
  throw new GraphQLError(`\`${cursor}\` does not appear to be a valid cursor.`, {
    extensions: { type: 'INVALID_CURSOR_ARGUMENTS' },
  })
}

/** A page of a list as a GraphQL connection. */
export const connection = <Item>(list: Sorted<Item>, args: ConnectionArguments): object => {
  const { length, keyAt } = list
  const from = typeof args.after === 'string' ? firstAfter(list, parseCursor(args.after)) : 0
  const size = args.first ?? args.last ?? 0
  const start = typeof args.last === 'number' ? Math.max(from, length - size) : from
  const end = Math.min(length, start + size)
  const indexes = Array.from({ length: Math.max(0, end - start) }, (_, order) => start + order)
  const at = (index: number): string | null => (end > start ? cursorOf(keyAt(index)) : null)
  return {
    totalCount: length,
    pageInfo: {
      hasNextPage: end < length,
      hasPreviousPage: start > 0,
      startCursor: at(start),
      endCursor: at(end - 1),
    },
    nodes: () => indexes.map(list.itemAt),
    edges: () => indexes.map((index) => ({ cursor: cursorOf(keyAt(index)), node: list.itemAt(index) })),
  }
}

/** The first position whose key lies beyond. */
const firstAfter = ({ length, keyAt, direction = 1 }: Sorted<unknown>, [first, second]: SortKey): number => {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >> 1
    const [left, right] = keyAt(middle)
    const beyond = (left - first || right - second) * direction > 0
    if (beyond) high = middle
    else low = middle + 1
  }
  return low
}

/** A list whose items are at hand. */
export const listOf = <Source, Item>(
  items: readonly Source[],
  keyOf: (item: Source, index: number) => SortKey,
  show: (item: Source) => Item,
): Sorted<Item> => {
  const item = (index: number): Source => {
    const found = items[index]
    if (found === undefined) throw new RangeError(`Failed to read item ${index}: the list has ${items.length}.`)
    return found
  }
  return { length: items.length, keyAt: (index) => keyOf(item(index), index), itemAt: (index) => show(item(index)) }
}
