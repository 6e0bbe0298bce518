import type { Dice } from '../../random.ts'
import type { Project } from './projects.ts'
import type { World } from './world.ts'

/** How many, drawn from the seed; or which ones, by id or key. */
export type Choice = number | readonly string[]

/** Which issues move, and where to if it matters. */
export type MoveChoice = Choice | readonly { readonly issue: string; readonly project: string }[]

const ATTEMPTS_PER_DRAW = 200

/**
 * The issues a choice means. A number draws that many existing ones that fit, fewer where the site has not got them.
 *
 * @throws RangeError when a named issue does not exist
 */
export const choose = (
  world: World,
  dice: Dice,
  choice: Choice | undefined,
  fits: (index: number) => boolean,
): readonly number[] => {
  if (choice === undefined) return []
  if (typeof choice !== 'number') return choice.map((idOrKey) => existing(world, idOrKey))
  const found = new Set<number>()
  const size = world.columns.size()
  // Nobody edits what is archived.
  const isLive = (index: number): boolean => world.projects[world.columns.project(index)]?.state === 'live'
  for (let attempt = 0; attempt < choice * ATTEMPTS_PER_DRAW && found.size < Math.min(choice, size); attempt++) {
    const index = dice.below(size)
    if (!found.has(index) && world.exists(index) && isLive(index) && fits(index)) found.add(index)
  }
  return [...found]
}

/** @throws RangeError when there is no such issue */
export const existing = (world: World, idOrKey: string): number => {
  const index = world.find(idOrKey)
  if (index === undefined)
    throw new RangeError(`Failed to evolve issue ${idOrKey}: it does not exist. Name an existing id or key.`)
  return index
}

/** @throws RangeError when a named issue or project does not exist */
export const destinations = (
  world: World,
  dice: Dice,
  moves: MoveChoice | undefined,
): readonly { readonly index: number; readonly to: Project }[] => {
  if (moves === undefined) return []
  const live = world.projects.filter(({ state }) => state === 'live')
  const elsewhere = (index: number): { index: number; to: Project } => {
    const others = live.filter((project) => project.index !== world.columns.project(index))
    if (others.length === 0)
      throw new RangeError('Failed to move an issue: the site has one project. Start it with two.')
    return { index, to: dice.pick(others) }
  }
  if (typeof moves === 'number') return choose(world, dice, moves, () => true).map(elsewhere)
  return moves.map((move) => {
    if (typeof move === 'string') return elsewhere(existing(world, move))
    const to = live.find(({ key, id }) => key === move.project || id === move.project)
    if (to === undefined)
      throw new RangeError(`Failed to move ${move.issue}: there is no live project ${move.project}.`)
    return { index: existing(world, move.issue), to }
  })
}
