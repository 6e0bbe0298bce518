export const PARTS = ['throughput', 'memory', 'latency', 'amqp', 'github', 'service'] as const
export type Part = (typeof PARTS)[number]

/** Rows of each part's table. */
export type Report = { readonly [part in Part]: readonly { readonly [column: string]: unknown }[] }

interface Bar {
  readonly part: Part
  readonly column: string
  readonly least?: number
  readonly most?: number
}

/** What every row of a table has to reach. */
const BARS: readonly Bar[] = [
  { part: 'throughput', column: 'ratio (median of pairs)', least: 0.6 },
  { part: 'memory', column: 'worker peak MB', most: 200 },
  { part: 'latency', column: 'ratio of four to one', least: 3.5 },
  { part: 'amqp', column: 'ratio (median of pairs)', least: 0.8 },
  { part: 'service', column: 'one client p99 ms', most: 50 },
]

/**
 * One sentence for each bar that a measurement does not reach, and for each part that was wanted and not measured.
 *
 * @param wanted the parts that were asked for
 */
export function missedBars(report: Report, wanted: readonly Part[]): readonly string[] {
  const unmeasured = wanted.filter((part) => report[part].length === 0).map((part) => `${part} was not measured.`)
  const missed = BARS.filter(({ part }) => wanted.includes(part)).flatMap((bar) =>
    report[bar.part].flatMap((row) => missedBy(bar, row[bar.column])),
  )
  return [...unmeasured, ...missed]
}

function missedBy(
  { part, column, least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY }: Bar,
  value: unknown,
) {
  const reached = typeof value === 'number' && value >= least && value <= most
  const limit = Number.isFinite(least) ? `at least ${least}` : `at most ${most}`
  return reached ? [] : [`${part}: ${column} is ${String(value)}, and should be ${limit}.`]
}
