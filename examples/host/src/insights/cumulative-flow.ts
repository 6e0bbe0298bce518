/** What happened to the number of work items in a status on a day. */
export interface DailyChange {
  readonly status: string
  /** As `2026-01-31`. */
  readonly day: string
  /** How many more there were at its end than at its beginning. */
  readonly added: number
}

/**
 * How many work items were in each status at the end of each day: what there is now, less what was added since. Histories
 * that contradict themselves make no number negative.
 *
 * @param now status → work items
 * @param days ascending
 * @returns for each day, the numbers in the order of `statuses`
 */
export function cumulativeFlow(
  now: ReadonlyMap<string, number>,
  changes: readonly DailyChange[],
  { days, statuses }: { readonly days: readonly string[]; readonly statuses: readonly string[] },
): readonly { readonly day: string; readonly counts: readonly number[] }[] {
  const left = changes.toSorted((a, b) => (a.day < b.day ? -1 : 1))
  const counts = new Map(statuses.map((status) => [status, now.get(status) ?? 0]))
  const flow = days.toReversed().map((day) => {
    for (let last = left.at(-1); last && last.day > day; last = left.at(-1)) {
      counts.set(last.status, (counts.get(last.status) ?? 0) - last.added)
      left.pop()
    }
    return { day, counts: statuses.map((status) => Math.max(0, counts.get(status) ?? 0)) }
  })
  return flow.toReversed()
}
