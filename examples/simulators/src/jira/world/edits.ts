import type { Named } from './catalogue.ts'
import type { Addition } from './census-plan.ts'
import type { ChangeKind } from './changes.ts'
import type { Project } from './projects.ts'
import type { Status } from './statuses.ts'

/** Something that happened to one issue after the base history. Each bumps `updated`. */
export type Edit = { readonly at: number; readonly roll: number } & (
  | { readonly kind: 'change'; readonly change: ChangeKind }
  | {
      readonly kind: 'move'
      readonly to: Project
      readonly number: number
      readonly parentKey: string
      /** Keys as they were at that moment: histories keep them, whatever the projects are called later. */
      readonly fromKey: string
      readonly toKey: string
    }
  /** The status that the issue was in is gone. */
  | { readonly kind: 'migrate'; readonly to: Status }
  /** A version or component that the issue had is gone, and another one took its place, or none. */
  | {
      readonly kind: 'part'
      readonly field: 'Fix Version' | 'Version' | 'Component'
      readonly fieldId: 'fixVersions' | 'versions' | 'components'
      readonly from: Named
      readonly to: Named | null
    }
  | { readonly kind: 'orphan'; readonly parentKey: string }
  | { readonly kind: 'erase' }
  | { readonly kind: 'unplan'; readonly sprint: number }
  | { readonly kind: 'link'; readonly otherKey: string; readonly phrase: string }
  | { readonly kind: 'unlink'; readonly otherKey: string; readonly phrase: string }
)

/** Everything that happened to a site after the base history: the only part of it that takes memory. */
export interface EditLog {
  readonly edits: Map<number, readonly Edit[]>
  readonly deleted: Map<number, number>
  /** Issues that a security level keeps from the user. */
  readonly hidden: Set<number>
  /** By the position of a deleted project, the issues that went into the trash with it. */
  readonly trash: Map<number, readonly number[]>
  /** Keys that moved issues got, as their project was called at first; those they had before keep pointing at them by arithmetic. */
  readonly movedKeys: Map<string, number>
  readonly removedLinks: Set<number>
  readonly removedPullRequests: Set<string>
  readonly removedSprints: Set<number>
  /** Ids of comments and of worklogs. */
  readonly removedComments: Set<number>
  readonly removedWorklogs: Set<number>
  readonly additions: Addition[]
}

export const createEditLog = (): EditLog => ({
  edits: new Map(),
  deleted: new Map(),
  hidden: new Set(),
  trash: new Map(),
  movedKeys: new Map(),
  removedLinks: new Set(),
  removedPullRequests: new Set(),
  removedSprints: new Set(),
  removedComments: new Set(),
  removedWorklogs: new Set(),
  additions: [],
})
