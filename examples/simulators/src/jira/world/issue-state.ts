import type { Named } from './catalogue.ts'
import type { IssueType } from './issue-types.ts'
import type { Project } from './projects.ts'
import type { Status } from './statuses.ts'

/** What Jira records about one changed field. `toText` is `toString` on the wire, a name JavaScript has taken. */
export interface ChangeItem {
  readonly field: string
  readonly fieldtype: 'jira' | 'custom'
  /** Jira leaves it out for Sprint, Link, RemoteIssueLink, Rank, Workflow and Key. */
  readonly fieldId: string | undefined
  readonly from: string | null
  readonly fromString: string | null
  readonly to: string | null
  readonly toText: string | null
}

/** One entry of an issue's changelog. */
export interface History {
  readonly id: number
  readonly at: number
  /** The author's position among the people of the site. */
  readonly author: number
  readonly items: readonly ChangeItem[]
}

/** The facts of an issue that change over its life. Changes mutate it in the order in which they happen. */
export interface IssueState {
  project: Project
  number: number
  type: IssueType
  status: Status
  statusChangedAt: number
  resolution: Named | null
  resolvedAt: number | null
  assignee: number | null
  priority: Named
  sprints: readonly number[]
  storyPoints: number | null
  labels: readonly string[]
  summary: string
  /** What the description's text is drawn from; a rewritten description has another one. */
  descriptionRoll: number
  /** The parent's index. */
  parent: number | null
  /** Comments and worklogs written after the base history. */
  laterComments: readonly number[]
}

export const keyOf = ({ project, number }: Pick<IssueState, 'project' | 'number'>): string => `${project.key}-${number}`
