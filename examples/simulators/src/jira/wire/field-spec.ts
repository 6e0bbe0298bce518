import type { IssueView } from './site-view.ts'

/** Prints a field of an issue; undefined leaves the field out of the issue altogether. */
export type FieldRender = (issue: IssueView) => string | undefined

/** A field of the site: how it is described by /field, and how it is printed. */
export interface FieldSpec {
  readonly id: string
  readonly name: string
  readonly custom: boolean
  /** Whether `*navigable` contains it. */
  readonly navigable: boolean
  /** Fields that hold a list of their own (comment, worklog, attachment) bar the larger bulk fetches. */
  readonly multiValued: boolean
  readonly schema: {
    readonly type: string
    readonly items?: string
    readonly system?: string
    readonly custom?: string
    readonly customId?: number
  }
  readonly clauseNames: readonly string[]
  readonly scopeProjectId: string | undefined
  readonly render: FieldRender
}
