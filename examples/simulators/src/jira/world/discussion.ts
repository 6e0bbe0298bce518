import { createDice, fraction, mix } from '../../random.ts'

/** A remark under an issue. Its text is drawn from `roll` when it is rendered. */
export interface Comment {
  readonly id: number
  readonly at: number
  readonly author: number
  readonly roll: number
}

export interface Worklog extends Comment {
  readonly seconds: number
}

const SALT = { comments: 41, comment: 42, worklogs: 43, worklog: 44 }
const FIRST_ID = 30_000
const IDS_PER_ISSUE = 4096
const FIRST_LATER = 1000

/** The comments of an issue, oldest first: those of the base history, then those written later. */
export const commentsOf = (
  seed: number,
  index: number,
  created: number,
  touched: number,
  later: readonly number[],
  people: number,
  quiet: boolean,
): readonly Comment[] => {
  const share = fraction(seed, index, SALT.comments)
  const none = touched === created || share < (quiet ? 0.9 : 0.5)
  const count = none ? 0 : quiet ? 1 : share < 0.99 ? 1 + Math.floor((share - 0.5) * 8) : 30
  const entry = (order: number, at: number): Comment => {
    const roll = mix(seed, index * 64 + order, SALT.comment)
    return { id: FIRST_ID + index * IDS_PER_ISSUE + order, at, author: roll % people, roll }
  }
  return [
    ...spread(count, created, touched).map((at, order) => entry(order, at)),
    ...later.map((at, order) => entry(FIRST_LATER + order, at)),
  ]
}

/** The worklogs of an issue, oldest first; a few issues have more than the twenty that an issue embeds. */
export const worklogsOf = (
  seed: number,
  index: number,
  created: number,
  touched: number,
  people: number,
  quiet: boolean,
): readonly Worklog[] => {
  const share = fraction(seed, index, SALT.worklogs)
  const none = touched === created || share < (quiet ? 0.97 : 0.75)
  const count = none ? 0 : quiet ? 1 : share < 0.995 ? 1 + Math.floor((share - 0.75) * 16) : 25
  return spread(count, created, touched).map((at, order) => {
    const dice = createDice(seed, index * 64 + order, SALT.worklog)
    const roll = dice.below(0x7fff_ffff)
    return {
      id: FIRST_ID + index * IDS_PER_ISSUE + order,
      at,
      author: roll % people,
      roll,
      seconds: 900 * (1 + dice.below(20)),
    }
  })
}

const spread = (count: number, from: number, to: number): readonly number[] =>
  Array.from({ length: count }, (_, order) => from + Math.ceil(((to - from) * (order + 1)) / (count + 1)))
