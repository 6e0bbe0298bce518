import type { Dice } from '../../random.ts'
import type { Edit } from './edits.ts'
import type { World } from './world.ts'

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

/** What happens to an issue, without when. */
export type EditKind = DistributiveOmit<Edit, 'at' | 'roll'>

/** Writes down that something happened to an issue, not before what happened to it last, and bumps `updated`. */
export const touchIssue = ({ log, columns }: World, dice: Dice, index: number, edit: EditKind, when: number): void => {
  const earlier = log.edits.get(index) ?? []
  const at = Math.max(when, earlier.at(-1)?.at ?? when)
  log.edits.set(index, [...earlier, { ...edit, at, roll: dice.below(0x7fff_ffff) }])
  columns.touch(index, at)
}
