import { at, createDice, type Dice, hex } from '../../random.ts'
import type {
  CommentFact,
  CommitFact,
  LabelFact,
  Person,
  PullRequestFact,
  RepositoryFact,
  ReviewFact,
  ThreadFact,
} from './facts.ts'
import { placedId } from './node-ids.ts'
import { type Crowd, nodeId } from './people.ts'
import { mixed, type Outline, PLACES_PER_REPOSITORY } from './plan.ts'
import { wholeSecond } from './repositories.ts'

const LIFE_SALT = 0x6c696665
const ITEM_SALT = 0x6974656d
const LABELS = ['bug', 'enhancement', 'documentation', 'performance', 'security', 'good first issue'] as const
const VERBS = ['Fix', 'Add', 'Remove', 'Refactor', 'Speed up', 'Document'] as const
const NOUNS = ['the login form', 'retries', 'the importer', 'pagination', 'caching', 'error messages'] as const
const SENTENCES = [
  'Looks good to me.',
  'Could you add a test for the empty case?',
  'Nit: the name says the opposite.',
  'Why not reuse what we have? 🤔',
  'Rebased on main.\r\n\r\n* one\r\n* two',
  'This closes the gap that we saw last week.',
] as const
const KEYS = ['CORE', 'WEB', 'OPS'] as const

/** Makes the parts of pull requests: every one follows from its place alone. */
export interface Draw {
  readonly pullRequest: (repository: RepositoryFact, number: number, outline: Outline) => PullRequestFact
  readonly commit: (place: number, serial: number, when: number, dice: Dice) => CommitFact
  readonly review: (place: number, serial: number, when: number, dice: Dice, commitOid: string | null) => ReviewFact
  readonly comment: (place: number, serial: number, when: number, dice: Dice) => CommentFact
  readonly thread: (place: number, serial: number, when: number, dice: Dice, comments: number) => ThreadFact
  readonly label: (dice: Dice) => LabelFact
  readonly actor: (dice: Dice) => Person | null
  readonly title: (dice: Dice) => string
  readonly body: (dice: Dice) => string
}

/** Shares of pull requests whose lists are longer than a page of a careful client. */
export interface Shape {
  /** Of each nested list, how often it is far longer than usual. */
  readonly longLists: number
}

export const createDraw = (seed: number, crowd: Crowd, shape: Shape): Draw => {
  const key = (dice: Dice): string => `${dice.pick(KEYS)}-${1 + dice.below(400)}`
  const actor = (dice: Dice): Person | null => (dice.chance(0.05) ? null : dice.pick(crowd.people))
  const sentence = (dice: Dice): string => dice.pick(SENTENCES)
  const title = (dice: Dice): string => {
    const text = `${dice.pick(VERBS)} ${dice.pick(NOUNS)}`
    return dice.chance(0.4) ? `${key(dice)}: ${text}` : text
  }
  const body = (dice: Dice): string =>
    dice.chance(0.1) ? '' : `${sentence(dice)} ${sentence(dice)}${dice.chance(0.2) ? ` See ${key(dice)}.` : ''}`
  const label = (dice: Dice): LabelFact => {
    const index = dice.below(LABELS.length)
    return { id: nodeId('LA', seed, index, 0x6c61), name: at(LABELS, index), color: hex(seed, index, 1, 6) }
  }

  const commit: Draw['commit'] = (place, serial, when, dice) => {
    const author = dice.chance(0.1) ? null : dice.pick(crowd.users)
    return {
      at: when,
      serial,
      oid: hex(seed, mixed(place, serial), ITEM_SALT, 40),
      message: `${title(dice)}${dice.chance(0.2) ? `\n\nRefs ${key(dice)}` : ''}`,
      authoredAt: when - dice.below(3) * 3_600_000,
      committedAt: when,
      author,
      authorName: author?.name ?? author?.login ?? 'Somebody Else',
      authorEmail: `${author?.login ?? 'nobody'}@example.com`,
      additions: dice.below(200),
      deletions: dice.below(80),
    }
  }
  const comment: Draw['comment'] = (place, serial, when, dice) => ({
    at: when,
    serial,
    id: nodeId('IC', seed, mixed(place, serial), ITEM_SALT),
    author: actor(dice),
    body: sentence(dice),
    updatedAt: when,
  })
  const review: Draw['review'] = (place, serial, when, dice, commitOid) => ({
    at: when,
    serial,
    id: nodeId('PRR', seed, mixed(place, serial), ITEM_SALT),
    author: actor(dice),
    state: dice.pick(['APPROVED', 'APPROVED', 'CHANGES_REQUESTED', 'COMMENTED']),
    body: dice.chance(0.5) ? sentence(dice) : '',
    updatedAt: when,
    commitOid,
  })
  const thread: Draw['thread'] = (place, serial, when, dice, comments) => ({
    at: when,
    serial,
    id: placedId('PRRT', Math.floor(place / PLACES_PER_REPOSITORY), place % PLACES_PER_REPOSITORY, serial),
    path: `src/${dice.pick(['login', 'import', 'cache'])}.ts`,
    line: dice.chance(0.9) ? 1 + dice.below(500) : null,
    resolvedBy: dice.chance(0.3) ? dice.pick(crowd.users) : null,
    isOutdated: dice.chance(0.2),
    comments: Array.from({ length: comments }, (_, order) => ({
      ...comment(place, serial * 1000 + order + 50_000_000, when, dice),
      id: nodeId('PRRC', seed, mixed(place, serial * 1000 + order), ITEM_SALT + 1),
    })),
  })

  /** Mostly a few; now and then far more than anybody's page. */
  const many = (dice: Dice, usual: number, long: number): number =>
    dice.chance(shape.longLists) ? long + dice.below(long) : dice.below(usual + 1)

  return {
    commit,
    review,
    comment,
    thread,
    label,
    actor,
    title,
    body,
    pullRequest: (repository, number, { createdAt, updatedAt, state }) => {
      const place = mixed(repository.index, number)
      const dice = createDice(seed, place, LIFE_SALT)
      const span = updatedAt - createdAt
      const instants = (length: number): readonly number[] =>
        Array.from({ length }, () => wholeSecond(createdAt + dice.below(span + 1))).sort((left, right) => left - right)
      const commits = instants(1 + many(dice, 4, 60)).map((when, order) => commit(place, order, when, dice))
      const lastOid = commits.at(-1)?.oid ?? null
      const reviews = instants(many(dice, 3, 70)).map((when, order) => review(place, 1000 + order, when, dice, lastOid))
      const comments = instants(many(dice, 4, 70)).map((when, order) => comment(place, 2000 + order, when, dice))
      const threads = instants(many(dice, 2, 35)).map((when, order) =>
        thread(place, 3000 + order, when, dice, 1 + many(dice, 3, 35)),
      )
      const reviewers = dice.chance(0.05)
        ? crowd.people.filter(({ type }) => type !== 'EnterpriseUserAccount').slice(0, 14)
        : dice.chance(0.3)
          ? [dice.pick(crowd.users), dice.pick(crowd.teams)]
          : []
      const closed = state !== 'OPEN'
      const key_ = key(dice)
      return {
        repository: repository.index,
        number,
        id: placedId('PR', repository.index, number),
        fullDatabaseId: String(9_007_199_254_740_993n + BigInt(place)),
        title: title(dice),
        body: body(dice),
        state,
        isDraft: !closed && dice.chance(0.1),
        createdAt,
        updatedAt,
        closedAt: closed ? updatedAt : null,
        mergedAt: state === 'MERGED' ? updatedAt : null,
        author: actor(dice),
        mergedBy: state === 'MERGED' ? actor(dice) : null,
        baseRefName: 'main',
        headRefName: dice.chance(0.5) ? `feature/${key_.toLowerCase()}-change` : `patch-${number}`,
        mergeCommitOid: state === 'MERGED' ? hex(seed, place, 0x6d657267, 40) : null,
        changedFiles: 1 + dice.below(30),
        labels: distinct(Array.from({ length: dice.below(3) }, () => label(dice))),
        assignees: distinct(Array.from({ length: dice.below(3) }, () => dice.pick(crowd.users))),
        reviewers,
        commits,
        reviews,
        comments,
        threads,
      }
    },
  }
}

export const distinct = <T extends { readonly id: string }>(list: readonly T[]): readonly T[] => [
  ...new Map(list.map((item) => [item.id, item])).values(),
]
