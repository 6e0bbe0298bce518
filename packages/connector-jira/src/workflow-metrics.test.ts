import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  categoryOfKey,
  type StatusRoles,
  type Transition,
  type WorkflowCategory,
  workflowMetrics,
} from './workflow-metrics.ts'

const CATEGORIES: { readonly [status: string]: WorkflowCategory } = {
  backlog: 'to_do',
  todo: 'to_do',
  doing: 'in_progress',
  review: 'in_progress',
  done: 'done',
  closed: 'done',
  strange: null,
}
const ROLES: StatusRoles = {
  category: (status) => CATEGORIES[status] ?? null,
  isReview: (status) => status === 'review',
}
const HOUR_MS = 3_600_000
const CREATED = new Date('2026-03-02T09:00:00Z')

/** Times in hours since creation; what is left out is null, 0 or false. */
interface Expected {
  readonly committed?: number
  readonly started?: number
  readonly lastStarted?: number
  readonly completed?: number
  readonly lastCompleted?: number
  readonly starts?: number
  readonly completions?: number
  readonly returns?: number
  readonly inProgress?: number
  readonly inToDo?: number
  readonly inReview?: number
  readonly cycle?: number
  readonly lead?: number
  readonly complexity?: number
  readonly rework?: boolean
  readonly direct?: boolean
}

/** A life, as statuses with the hours spent in each; the last one is still open. */
const histories: readonly (readonly [what: string, life: string, expected: Expected])[] = [
  ['never moved', 'todo', {}],
  ['moved on once', 'todo 2 doing', { started: 2, lastStarted: 2, starts: 1, inToDo: 2 }],
  [
    'a straight line',
    'todo 2 doing 5 done',
    {
      started: 2,
      lastStarted: 2,
      completed: 7,
      lastCompleted: 7,
      starts: 1,
      completions: 1,
      inToDo: 2,
      inProgress: 5,
      cycle: 5,
    },
  ],
  [
    'committed from a status without category',
    'strange 1 todo 2 doing 5 done',
    {
      committed: 1,
      started: 3,
      lastStarted: 3,
      completed: 8,
      lastCompleted: 8,
      starts: 1,
      completions: 1,
      inToDo: 2,
      inProgress: 5,
      cycle: 5,
      lead: 7,
    },
  ],
  ['moved within To Do: no commitment, no return', 'backlog 3 todo 4 backlog', { inToDo: 7 }],
  [
    'moved within In Progress: one start',
    'todo 1 doing 2 review 3 doing 4 done',
    {
      started: 1,
      lastStarted: 1,
      completed: 10,
      lastCompleted: 10,
      starts: 1,
      completions: 1,
      inToDo: 1,
      inProgress: 9,
      inReview: 3,
      cycle: 9,
    },
  ],
  [
    'moved within Done: one completion',
    'doing 2 done 3 closed',
    { completed: 2, lastCompleted: 2, completions: 1, inProgress: 2, direct: true },
  ],
  [
    'completed without being worked on',
    'todo 6 done',
    { completed: 6, lastCompleted: 6, completions: 1, inToDo: 6, direct: true },
  ],
  [
    'sent back once',
    'todo 1 doing 2 todo 3 doing 4 done',
    {
      committed: 3,
      started: 1,
      lastStarted: 6,
      completed: 10,
      lastCompleted: 10,
      starts: 2,
      completions: 1,
      returns: 1,
      inToDo: 4,
      inProgress: 6,
      cycle: 9,
      lead: 7,
      complexity: 2,
      rework: true,
    },
  ],
  [
    'reopened into work',
    'todo 1 doing 2 done 3 doing 4 done',
    {
      started: 1,
      lastStarted: 6,
      completed: 3,
      lastCompleted: 10,
      starts: 2,
      completions: 2,
      inToDo: 1,
      inProgress: 6,
      cycle: 9,
      complexity: 1,
      rework: true,
    },
  ],
  [
    'reopened into the backlog and closed again unworked',
    'todo 1 done 2 todo 3 done',
    {
      committed: 3,
      completed: 1,
      lastCompleted: 6,
      completions: 2,
      returns: 1,
      inToDo: 4,
      lead: 3,
      complexity: 3,
      direct: true,
    },
  ],
  [
    'reopened and still open',
    'todo 1 doing 2 done 3 doing',
    {
      started: 1,
      lastStarted: 6,
      completed: 3,
      lastCompleted: 3,
      starts: 2,
      completions: 1,
      inToDo: 1,
      inProgress: 2,
      cycle: 2,
      rework: true,
    },
  ],
  [
    'closed unworked, then worked on: the start comes after the last completion',
    'todo 1 done 2 doing',
    { started: 3, lastStarted: 3, completed: 1, lastCompleted: 1, starts: 1, completions: 1, inToDo: 1, direct: true },
  ],
  [
    'back and forth twice',
    'todo 1 doing 1 todo 1 doing 1 todo 1 doing 1 done',
    {
      committed: 2,
      started: 1,
      lastStarted: 5,
      completed: 6,
      lastCompleted: 6,
      starts: 3,
      completions: 1,
      returns: 2,
      inToDo: 3,
      inProgress: 3,
      cycle: 5,
      lead: 4,
      complexity: 4,
      rework: true,
    },
  ],
  [
    'three completions and one return',
    'doing 1 done 1 doing 1 done 1 todo 1 done',
    {
      committed: 4,
      started: 2,
      lastStarted: 2,
      completed: 1,
      lastCompleted: 5,
      starts: 1,
      completions: 3,
      returns: 1,
      inToDo: 1,
      inProgress: 2,
      cycle: 3,
      lead: 1,
      complexity: 4,
      direct: true,
    },
  ],
  [
    'a detour over a status without category counts as leaving',
    'todo 1 doing 2 strange 3 doing 4 done',
    {
      started: 1,
      lastStarted: 6,
      completed: 10,
      lastCompleted: 10,
      starts: 2,
      completions: 1,
      inToDo: 1,
      inProgress: 6,
      cycle: 9,
      rework: true,
    },
  ],
  [
    'moved in the moment of its creation',
    'todo 0 doing 0 done',
    { started: 0, lastStarted: 0, completed: 0, lastCompleted: 0, starts: 1, completions: 1 },
  ],
  [
    'review twice',
    'todo 2 doing 3 review 1 todo 1 doing 2 review 5 done',
    {
      committed: 6,
      started: 2,
      lastStarted: 7,
      completed: 14,
      lastCompleted: 14,
      starts: 2,
      completions: 1,
      returns: 1,
      inToDo: 3,
      inProgress: 11,
      inReview: 6,
      cycle: 12,
      lead: 8,
      complexity: 2,
      rework: true,
    },
  ],
]

describe('workflow metrics', () => {
  it.each(histories)('are right for an issue that %s (%s)', (_what, life, expected) => {
    const at = (hours: number | undefined) => (hours === undefined ? null : hoursAfter(hours))
    const seconds = (hours = 0) => hours * 3600
    expect(workflowMetrics(CREATED, live(life), ROLES)).toEqual({
      work_first_committed_at: at(expected.committed),
      work_first_started_at: at(expected.started),
      work_last_started_at: at(expected.lastStarted),
      work_first_completed_at: at(expected.completed),
      work_last_completed_at: at(expected.lastCompleted),
      total_work_starts: expected.starts ?? 0,
      total_completions: expected.completions ?? 0,
      total_backlog_returns: expected.returns ?? 0,
      total_work_time_seconds: seconds(expected.inProgress),
      total_review_time_seconds: seconds(expected.inToDo),
      review_time_seconds: seconds(expected.inReview),
      seconds_by_status: expect.any(Object),
      total_cycle_time_seconds: seconds(expected.cycle),
      total_lead_time_seconds: seconds(expected.lead),
      workflow_complexity_score: expected.complexity ?? 0,
      rework_indicator: expected.rework ?? false,
      direct_completion: expected.direct ?? false,
    })
  })

  it.each([
    ['entered once', 'backlog 1 todo 2 doing 3 done', 'todo', 1, 5],
    ['entered first and later again', 'backlog 1 doing 1 backlog 1 todo 2 doing 3 done', 'doing', 1, 7],
    ['entered from one that commits as well', 'todo 2 doing 3 done', 'todo doing', null, 0],
    ['never entered, whatever else is', 'backlog 1 todo 2 doing 3 done 1 todo', 'review', null, 0],
    ['entered after the last completion', 'todo 1 done 2 review', 'review', 3, 0],
  ])('take lead time from a commitment point that is %s', (_what, life, points, committed, lead) => {
    const roles = { ...ROLES, isCommitment: (status: string) => points.split(' ').includes(status) }
    expect(workflowMetrics(CREATED, live(life), roles)).toMatchObject({
      work_first_committed_at: committed === null ? null : hoursAfter(committed),
      total_lead_time_seconds: lead * 3600,
    })
  })

  it('count no time before the first transition when nobody knows when the issue was created', () => {
    const { total_review_time_seconds, total_work_time_seconds } = workflowMetrics(
      null,
      live('todo 2 doing 3 done'),
      ROLES,
    )
    expect([total_review_time_seconds, total_work_time_seconds]).toEqual([0, 3 * 3600])
  })

  it('agree with a definition by definition reading of the specification', () => {
    const status = fc.constantFrom(...Object.keys(CATEGORIES), null, 'gone')
    const move = fc.record({ from: status, to: status, hours: fc.integer({ min: 0, max: 50 }) })
    fc.assert(
      fc.property(fc.array(move, { maxLength: 12 }), (moves) => {
        let clock = 0
        const transitions = moves.map(({ from, to, hours }): Transition => {
          clock += hours
          return { from, to, at: hoursAfter(clock) }
        })
        expect(workflowMetrics(CREATED, transitions, ROLES)).toEqual(byDefinition(transitions))
      }),
    )
  })
})

describe('the category of a status', () => {
  it.each([
    ['new', 'to_do'],
    ['indeterminate', 'in_progress'],
    ['done', 'done'],
    ['undefined', null],
    [null, null],
    [undefined, null],
  ] as const)('follows from its key %s: %s', (key, category) => expect(categoryOfKey(key)).toBe(category))
})

function live(life: string): readonly Transition[] {
  const words = life.split(' ')
  let clock = 0
  return Array.from({ length: (words.length - 1) / 2 }, (_, move) => {
    clock += Number(words[2 * move + 1])
    return { from: words[2 * move] ?? null, to: words[2 * move + 2] ?? null, at: hoursAfter(clock) }
  })
}

function hoursAfter(hours: number): Date {
  return new Date(CREATED.getTime() + hours * HOUR_MS)
}

/** One expression per metric, slow and without shared state. */
function byDefinition(transitions: readonly Transition[]): ReturnType<typeof workflowMetrics> {
  const category = (status: string | null) => (status === null ? null : ROLES.category(status))
  const entries = (wanted: WorkflowCategory) =>
    transitions.filter(({ from, to }) => category(to) === wanted && category(from) !== wanted)
  const spent = (counts: (status: string) => boolean) =>
    transitions
      .map(({ from, at }, index) => ({ from, ms: at.getTime() - (transitions[index - 1]?.at ?? CREATED).getTime() }))
      .filter(({ from }) => from !== null && counts(from))
      .reduce((sum, { ms }) => sum + ms / 1000, 0)
  const commits = entries('to_do')
  const starts = entries('in_progress')
  const completions = entries('done')
  const [firstDone] = completions
  const between = (start: Transition | undefined, end: Transition | undefined) =>
    start && end && end.at > start.at ? (end.at.getTime() - start.at.getTime()) / 1000 : 0
  const returns = commits.filter(({ from }) => ['in_progress', 'done'].includes(category(from) ?? ''))
  return {
    work_first_committed_at: commits[0]?.at ?? null,
    work_first_started_at: starts[0]?.at ?? null,
    work_last_started_at: starts.at(-1)?.at ?? null,
    work_first_completed_at: firstDone?.at ?? null,
    work_last_completed_at: completions.at(-1)?.at ?? null,
    total_work_starts: starts.length,
    total_completions: completions.length,
    total_backlog_returns: returns.length,
    total_work_time_seconds: spent((status) => ROLES.category(status) === 'in_progress'),
    total_review_time_seconds: spent((status) => ROLES.category(status) === 'to_do'),
    review_time_seconds: spent(ROLES.isReview),
    seconds_by_status: Object.fromEntries(
      [...new Set(transitions.flatMap(({ from }) => from ?? []))].map((left) => [left, spent((from) => from === left)]),
    ),
    total_cycle_time_seconds: between(starts[0], completions.at(-1)),
    total_lead_time_seconds: between(commits[0], completions.at(-1)),
    workflow_complexity_score: returns.length * 2 + (completions.length > 1 ? completions.length - 1 : 0),
    rework_indicator: starts.length > 1,
    direct_completion:
      firstDone !== undefined && !starts.some((start) => transitions.indexOf(start) < transitions.indexOf(firstDone)),
  }
}
