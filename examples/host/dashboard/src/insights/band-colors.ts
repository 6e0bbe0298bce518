/** From the ground up: what is done carries what is under way. */
const CATEGORIES: readonly (string | null)[] = ['Done', 'In Progress', 'To Do']

/**
 * The arc of the colour wheel that a category has, degrees, and how colourful it is: green, blue over red to yellow, grey.
 * What is of no category has the grey as well.
 */
const ARCS = [
  { from: 150, to: 195, chroma: 0.13 },
  { from: 258, to: 445, chroma: 0.15 },
] as const
const GREY = { hue: 257, chroma: 0.025 } as const

/** Its place among the categories; after them where it has none. */
export function rankOf(category: string | null): number {
  const rank = CATEGORIES.indexOf(category)
  return rank < 0 ? CATEGORIES.length : rank
}

/**
 * The colour of one of several bands of a category: spread over the category's arc, and lighter and darker in turn, so that
 * neighbours differ for those who do not see colours, too. `--band` is how light bands are in a theme.
 */
export function bandColor(rank: number, place: number, count: number): string {
  const share = count < 2 ? 0 : place / (count - 1)
  const arc = ARCS[rank]
  if (!arc) return `oklch(calc(var(--band) + ${round(0.14 - 0.26 * share)}) ${GREY.chroma} ${GREY.hue})`
  const lighter = place % 2 === 0 ? 0 : 0.13
  return `oklch(calc(var(--band) + ${lighter}) ${arc.chroma} ${round(arc.from + (arc.to - arc.from) * share) % 360})`
}

const round = (value: number): number => Math.round(value * 1_000) / 1_000
