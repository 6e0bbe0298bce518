import { at, createDice } from '../../random.ts'
import { type Named, PRIORITIES } from './catalogue.ts'
import { type CensusPlan, issueIdOf } from './census-plan.ts'
import { CHANGES, type ChangeContext, drawBaseKind, enterStatus, item, unplan } from './changes.ts'
import type { Definitions } from './definitions.ts'
import type { Edit, EditLog } from './edits.ts'
import type { ChangeItem, History, IssueState } from './issue-state.ts'
import { typeForRole } from './issue-types.ts'
import type { Person } from './people.ts'
import type { Project } from './projects.ts'
import { summaryLine } from './prose.ts'
import type { Relations } from './relations.ts'
import { existingStatuses } from './statuses.ts'

/** An issue's state today and how it got there, oldest change first. */
export interface Life {
  readonly created: number
  readonly updated: number
  readonly reporter: number
  readonly state: Readonly<IssueState>
  readonly histories: readonly History[]
}

const SALT = { birth: 21, life: 22, edit: 23 }
const FIRST_HISTORY_ID = 100_000
const HISTORIES_PER_ISSUE = 4096

/** Replays the life of an issue: its birth, its base history, then what was logged since. */
export const createLives = (
  seed: number,
  plan: CensusPlan,
  relations: Relations,
  people: readonly Person[],
  log: EditLog,
  definitions: Definitions,
): ((index: number) => Life) => {
  const birth = (index: number, created: number): { reporter: number; state: IssueState } => {
    const dice = createDice(seed, index, SALT.birth)
    const project = plan.projectOf(index)
    const number = plan.numberOf(index)
    const reporter = dice.below(people.length)
    return {
      reporter,
      state: {
        project,
        number,
        type: typeForRole(project.types, relations.roleOf(index)),
        status: at(existingStatuses(project.workflow, definitions, created), 0),
        statusChangedAt: created,
        resolution: null,
        resolvedAt: null,
        assignee: dice.chance(0.4) ? dice.below(people.length) : null,
        priority: at(PRIORITIES, 2),
        sprints: [],
        storyPoints: dice.chance(0.3) ? dice.pick([1, 2, 3, 5]) : null,
        labels: [],
        summary: summaryLine(dice, `${project.born.key} ${number}`),
        descriptionRoll: dice.below(0x7fff_ffff),
        parent: relations.parentOf(index),
        laterComments: [],
      },
    }
  }

  return (index) => {
    const created = plan.createdAt(index, log.additions)
    const touched = plan.touchedAt(index, log.additions)
    const { reporter, state } = birth(index, created)
    const dice = createDice(seed, index, SALT.life)
    const histories: History[] = []
    const record = (when: number, author: number, items: readonly ChangeItem[]): void => {
      if (items.length === 0) return
      const id = FIRST_HISTORY_ID + index * HISTORIES_PER_ISSUE + histories.length
      histories.push({ id, at: when, author, items })
    }

    const count = plan.historyCount(index)
    for (let order = 0; order < count; order++) {
      const exact = order === count - 1 && dice.chance(0.7)
      const when = exact
        ? touched
        : created + Math.floor(((touched - created) * (order + dice.below(1000) / 1000)) / count)
      const context = { people, at: when, dice, definitions }
      const author = dice.below(people.length)
      const first = CHANGES[drawBaseKind(dice)](state, context)
      const second = dice.chance(0.2) ? CHANGES.relabel(state, context) : []
      record(when, author, [...first, ...second])
    }

    const edits = log.edits.get(index) ?? []
    for (const edit of edits) {
      const context = { people, at: edit.at, dice: createDice(seed, edit.roll, SALT.edit), definitions }
      record(edit.at, edit.roll % people.length, applyEdit(state, edit, context))
    }
    state.sprints = state.sprints.filter((sprint) => !log.removedSprints.has(sprint))
    return { created, updated: edits.at(-1)?.at ?? touched, reporter, state, histories }
  }
}

const applyEdit = (state: IssueState, edit: Edit, context: ChangeContext): readonly ChangeItem[] => {
  switch (edit.kind) {
    case 'change':
      return CHANGES[edit.change](state, context)
    // A remark that is taken back touches the issue, and leaves no trace in its history.
    case 'erase':
      return []
    case 'migrate': {
      const items = [item('status', 'status', state.status, edit.to)]
      state.status = edit.to
      state.statusChangedAt = edit.at
      return items
    }
    case 'part':
      return [
        item(edit.field, edit.fieldId, edit.from, null),
        ...(edit.to ? [item(edit.field, edit.fieldId, null, edit.to)] : []),
      ]
    case 'unplan':
      return unplan(state, edit.sprint)
    case 'orphan':
      return loseParent(state, edit.parentKey)
    case 'link':
      return [item('Link', undefined, null, { id: edit.otherKey, name: edit.phrase })]
    case 'unlink':
      return [item('Link', undefined, { id: edit.otherKey, name: edit.phrase }, null)]
    case 'move': {
      const { project: before, type: oldType, status: oldStatus } = state
      const named = ({ id, born }: Project): Named => ({ id, name: born.name })
      const items = [item('project', 'project', named(before), named(edit.to))]
      state.project = edit.to
      state.number = edit.number
      state.type = typeForRole(edit.to.types, oldType.role)
      if (state.type.id !== oldType.id) items.push(item('issuetype', 'issuetype', oldType, state.type))
      const workflow = existingStatuses(edit.to.workflow, context.definitions, edit.at)
      if (!workflow.includes(oldStatus)) {
        const target = workflow.find(({ category }) => category === oldStatus.category) ?? at(workflow, 0)
        items.push(...enterStatus(state, target, context))
      }
      items.push(
        { ...item('Key', undefined, null, null), fromString: edit.fromKey, toText: edit.toKey },
        ...loseParent(state, edit.parentKey),
      )
      return items
    }
  }
}

const loseParent = (state: IssueState, parentKey: string): readonly ChangeItem[] => {
  if (state.parent === null) return []
  const before = { id: issueIdOf(state.parent), name: parentKey }
  state.parent = null
  return [item('IssueParentAssociation', undefined, before, null)]
}
