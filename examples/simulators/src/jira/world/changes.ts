import { at, type Dice } from '../../random.ts'
import { LABELS, LAST_SPRINT, type Named, PRIORITIES, RESOLUTIONS, sprintName } from './catalogue.ts'
import type { Definitions } from './definitions.ts'
import type { ChangeItem, IssueState } from './issue-state.ts'
import type { Person } from './people.ts'
import { summaryLine } from './prose.ts'
import { existingStatuses, type Status } from './statuses.ts'

/** What a change may look at besides the issue itself. */
export interface ChangeContext {
  readonly people: readonly Person[]
  readonly at: number
  readonly dice: Dice
  readonly definitions: Definitions
}

/** Changes the state and answers what Jira would write into the changelog for it. */
export type Change = (state: IssueState, context: ChangeContext) => readonly ChangeItem[]

export const item = (
  field: string,
  fieldId: string | undefined,
  from: Named | null,
  to: Named | null,
  fieldtype: 'jira' | 'custom' = 'jira',
): ChangeItem => ({
  field,
  fieldtype,
  fieldId,
  from: from?.id ?? null,
  fromString: from?.name ?? null,
  to: to?.id ?? null,
  toText: to?.name ?? null,
})

const textItem = (field: string, from: string | null, to: string | null): ChangeItem => ({
  field,
  fieldtype: 'jira',
  fieldId: field,
  from: null,
  fromString: from,
  to: null,
  toText: to,
})

/** Puts an issue into a status; entering a done status usually resolves it, leaving one unresolves it. */
export const enterStatus = (
  state: IssueState,
  next: Status,
  { dice, at: when }: ChangeContext,
): readonly ChangeItem[] => {
  const items = [item('status', 'status', state.status, next)]
  const wasDone = state.status.category === 'done'
  const isDone = next.category === 'done'
  state.status = next
  state.statusChangedAt = when
  if (isDone && !wasDone && dice.chance(0.92)) {
    const resolution = dice.chance(0.8) ? at(RESOLUTIONS, 0) : dice.pick(RESOLUTIONS)
    items.push(item('resolution', 'resolution', state.resolution, resolution))
    state.resolution = resolution
    state.resolvedAt = when
  } else if (!isDone && state.resolution !== null) {
    items.push(item('resolution', 'resolution', state.resolution, null))
    state.resolution = null
    state.resolvedAt = null
  }
  return items
}

const transition: Change = (state, context) => {
  const workflow = existingStatuses(state.project.workflow, context.definitions, context.at)
  const here = workflow.indexOf(state.status)
  const last = workflow.length - 1
  const forward = here < last && (here === 0 || context.dice.chance(0.78))
  const stride = context.dice.chance(0.15) ? 2 : 1
  const next = at(workflow, forward ? Math.min(last, here + stride) : Math.max(0, here - stride))
  return enterStatus(state, next, context)
}

const assign: Change = (state, { people, dice }) => {
  const before = state.assignee
  const after = before !== null && dice.chance(0.1) ? null : dice.below(people.length)
  state.assignee = after
  const named = (index: number | null): Named | null =>
    index === null ? null : { id: at(people, index).accountId, name: at(people, index).displayName }
  return [item('assignee', 'assignee', named(before), named(after))]
}

const planFor = (state: IssueState, sprints: readonly number[]): readonly ChangeItem[] => {
  const listed = (listed: readonly number[]): Named => ({
    id: listed.join(', '),
    name: listed.map(sprintName).join(', '),
  })
  const before = state.sprints
  state.sprints = sprints
  return [item('Sprint', undefined, listed(before), listed(sprints), 'custom')]
}

const plan: Change = (state, { dice }) => {
  const before = state.sprints
  const next = Math.min(LAST_SPRINT, (before.at(-1) ?? dice.below(LAST_SPRINT - 4)) + 1)
  return planFor(state, before.at(-1) === next ? [] : [...before.slice(-3), next])
}

/** Takes an issue out of a sprint that is deleted. */
export const unplan = (state: IssueState, sprint: number): readonly ChangeItem[] =>
  planFor(
    state,
    state.sprints.filter((each) => each !== sprint),
  )

const prioritise: Change = (state, { dice }) => {
  const before = state.priority
  state.priority = dice.pick(PRIORITIES)
  return [item('priority', 'priority', before, state.priority)]
}

const estimate: Change = (state, { dice }) => {
  const before = state.storyPoints
  state.storyPoints = dice.pick([0.5, 1, 2, 3, 5, 8, 13])
  const written = (points: number | null): Named => ({ id: '', name: points === null ? '' : String(points) })
  return [
    {
      ...item('Story point estimate', 'customfield_10016', written(before), written(state.storyPoints), 'custom'),
      from: null,
      to: null,
    },
  ]
}

const relabel: Change = (state, { dice }) => {
  const before = state.labels
  const label = dice.pick(LABELS)
  state.labels = before.includes(label) ? before.filter((known) => known !== label) : [...before, label]
  const listed = (labels: readonly string[]): Named => ({ id: '', name: labels.join(' ') })
  return [item('labels', 'labels', listed(before), listed(state.labels))]
}

const retitle: Change = (state, { dice }) => {
  const before = state.summary
  state.summary = summaryLine(dice, `v${dice.below(1000)}`)
  return [textItem('summary', before, state.summary)]
}

const rewrite: Change = (state, { dice }) => {
  state.descriptionRoll = dice.below(0x7fff_ffff)
  return [textItem('description', 'An earlier text.\n\nWith a second paragraph.', 'A later text, see {{code}}.')]
}

const rank: Change = () => [
  { ...item('Rank', undefined, null, null, 'custom'), from: '', fromString: '', to: '', toText: 'Ranked higher' },
]

const linkRemotely: Change = (_, { dice }) => {
  const id = String(17_000 + dice.below(80_000))
  return [
    item('RemoteIssueLink', undefined, null, {
      id,
      name: `This issue links to "Commit - feat: part ${id} (Web Link)"`,
    }),
  ]
}

const mentionLink: Change = (state, { dice }) => {
  const key = `${state.project.born.key}-${1 + dice.below(state.number)}`
  return [item('Link', undefined, null, { id: key, name: `This issue is blocked by ${key}` })]
}

/** A comment touches an issue without leaving a trace in its changelog. */
const comment: Change = (state, { at: when }) => {
  state.laterComments = [...state.laterComments, when]
  return []
}

export const CHANGES = {
  transition,
  assign,
  plan,
  prioritise,
  estimate,
  relabel,
  retitle,
  rewrite,
  rank,
  linkRemotely,
  mentionLink,
  comment,
} as const satisfies Record<string, Change>

export type ChangeKind = keyof typeof CHANGES

/** How often each kind of change occurs in a base history, in percent. Comments are generated apart. */
const BASE_SHARES: readonly (readonly [ChangeKind, number])[] = [
  ['transition', 34],
  ['assign', 12],
  ['plan', 10],
  ['linkRemotely', 12],
  ['prioritise', 6],
  ['estimate', 6],
  ['relabel', 6],
  ['rank', 5],
  ['mentionLink', 4],
  ['rewrite', 4],
  ['retitle', 1],
]

const BASE_KINDS = BASE_SHARES.flatMap(([kind, share]) => Array.from({ length: share }, () => kind))

export const drawBaseKind = (dice: Dice): ChangeKind => dice.pick(BASE_KINDS)
