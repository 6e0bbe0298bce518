import type { Named } from './catalogue.ts'

/** A version or component of a project. Its name, and what it is, may change without anything being said of its issues. */
export interface Part extends Named {
  name: string
  released: boolean
  archived: boolean
  readonly releaseDate: string | undefined
  /** What became of one that was removed: another one took its place in issues, or none. */
  goneTo?: Part | null
}

const RELEASED_AT_FIRST = 3

/** The parts that a project begins with, the older ones released and the oldest one archived, where they are versions. */
export const partsOf = (names: readonly string[], firstId: number): Part[] =>
  names.map((name, order) => ({
    id: String(firstId + order),
    name,
    released: order < RELEASED_AT_FIRST,
    archived: order === 0,
    releaseDate: order < RELEASED_AT_FIRST ? `2026-0${order + 1}-15` : undefined,
  }))

export const existingParts = (parts: readonly Part[]): readonly Part[] =>
  parts.filter(({ goneTo }) => goneTo === undefined)

/** What stands in an issue today for a part that was chosen once. */
export const presentPart = (part: Part): Part | null => {
  let present: Part | null = part
  while (present?.goneTo !== undefined) present = present.goneTo
  return present
}
