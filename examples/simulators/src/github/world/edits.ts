import { createDice } from '../../random.ts'
import { type Draw, distinct } from './draw.ts'
import type { PullRequestFact } from './facts.ts'
import type { Crowd } from './people.ts'
import { mixed } from './plan.ts'

export const PULL_REQUEST_EDITS = [
  'commit',
  'force-push',
  'review',
  'dismiss-review',
  'comment',
  'edit-comment',
  'delete-comment',
  'thread',
  'reply',
  'resolve-thread',
  'add-label',
  'remove-label',
  'request-reviewer',
  'remove-reviewer',
  'assign',
  'retitle',
  'merge',
  'close',
  'reopen',
] as const

export type PullRequestEdit = (typeof PULL_REQUEST_EDITS)[number]

export interface Edit {
  readonly kind: PullRequestEdit
  readonly at: number
  readonly roll: number
}

/** What GitHub does not count as an update of the pull request: only looking again shows it. */
export const SILENT: ReadonlySet<PullRequestEdit> = new Set(['resolve-thread'])

const SERIALS_PER_EDIT = 200
const FIRST_EDIT_SERIAL = 10_000

/** The pull request after an edit. One that does not fit, such as merging what is merged, only touches it. */
export const applyEdit = (
  pull: PullRequestFact,
  edit: Edit,
  order: number,
  draw: Draw,
  crowd: Crowd,
): PullRequestFact => {
  const place = mixed(pull.repository, pull.number)
  const dice = createDice(edit.roll, place, order)
  const serial = FIRST_EDIT_SERIAL + order * SERIALS_PER_EDIT
  const touched = SILENT.has(edit.kind) ? pull : { ...pull, updatedAt: Math.max(pull.updatedAt, edit.at) }
  const without = <T>(list: readonly T[]): readonly T[] => {
    const gone = dice.below(Math.max(1, list.length))
    return list.filter((_, index) => index !== gone)
  }
  const changed = <T>(list: readonly T[], change: (item: T) => T): readonly T[] => {
    const chosen = dice.below(Math.max(1, list.length))
    return list.map((item, index) => (index === chosen ? change(item) : item))
  }
  switch (edit.kind) {
    case 'commit':
      return { ...touched, commits: [...pull.commits, draw.commit(place, serial, edit.at, dice)] }
    case 'force-push': {
      const commits = pull.commits.slice(0, 1 + dice.below(pull.commits.length)).map(({ message }, index) => ({
        ...draw.commit(place, serial + index, edit.at, dice),
        message,
      }))
      return { ...touched, commits }
    }
    case 'review':
      return {
        ...touched,
        reviews: [...pull.reviews, draw.review(place, serial, edit.at, dice, pull.commits.at(-1)?.oid ?? null)],
      }
    case 'dismiss-review':
      return {
        ...touched,
        reviews: changed(pull.reviews, (review) => ({ ...review, state: 'DISMISSED', updatedAt: edit.at })),
      }
    case 'comment':
      return { ...touched, comments: [...pull.comments, draw.comment(place, serial, edit.at, dice)] }
    case 'edit-comment':
      return {
        ...touched,
        comments: changed(pull.comments, (comment) => ({
          ...comment,
          body: `${comment.body} (edited)`,
          updatedAt: edit.at,
        })),
      }
    case 'delete-comment':
      return { ...touched, comments: without(pull.comments) }
    case 'thread':
      return { ...touched, threads: [...pull.threads, draw.thread(place, serial, edit.at, dice, 1 + dice.below(3))] }
    case 'reply':
      return {
        ...touched,
        threads: changed(pull.threads, (thread) => ({
          ...thread,
          comments: [...thread.comments, { ...draw.comment(place, serial, edit.at, dice) }],
        })),
      }
    case 'resolve-thread':
      return {
        ...touched,
        threads: changed(pull.threads, (thread) => ({ ...thread, resolvedBy: dice.pick(crowd.users) })),
      }
    case 'add-label':
      return { ...touched, labels: distinct([...pull.labels, draw.label(dice)]) }
    case 'remove-label':
      return { ...touched, labels: without(pull.labels) }
    case 'request-reviewer':
      return { ...touched, reviewers: distinct([...pull.reviewers, dice.pick(crowd.users)]) }
    case 'remove-reviewer':
      return { ...touched, reviewers: without(pull.reviewers) }
    case 'assign':
      return { ...touched, assignees: [dice.pick(crowd.users)] }
    case 'retitle':
      return { ...touched, title: draw.title(dice), body: draw.body(dice) }
    case 'merge':
      if (pull.state !== 'OPEN') return touched
      return {
        ...touched,
        state: 'MERGED',
        isDraft: false,
        mergedAt: edit.at,
        closedAt: edit.at,
        mergedBy: draw.actor(dice),
        mergeCommitOid: draw.commit(place, serial, edit.at, dice).oid,
      }
    case 'close':
      return pull.state === 'OPEN' ? { ...touched, state: 'CLOSED', closedAt: edit.at } : touched
    case 'reopen':
      return pull.state === 'CLOSED' ? { ...touched, state: 'OPEN', closedAt: null } : touched
  }
}
