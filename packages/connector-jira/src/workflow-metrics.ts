import type { WorkflowMetrics } from './entities/workflow-metric-columns.ts'

/** The categories that workflow metrics tell apart; null for a status that has none or is not known. */
export type WorkflowCategory = 'to_do' | 'in_progress' | 'done' | null

/** One change of status, in the order in which it happened. */
export interface Transition {
  readonly from: string | null
  readonly to: string | null
  readonly at: Date
}

/** What metrics need to know of a status. */
export interface StatusRoles {
  category(statusId: string): WorkflowCategory
  isReview(statusId: string): boolean
  /** Whether entering it is the commitment that lead time begins with. Absent: entering To Do is. */
  readonly isCommitment?: (statusId: string) => boolean
}

/** The category that a tenant gets without a mapping: Jira's own. */
export function categoryOfKey(key: unknown): WorkflowCategory {
  if (key === 'new') return 'to_do'
  if (key === 'indeterminate') return 'in_progress'
  return key === 'done' ? 'done' : null
}

/**
 * The workflow metrics of one issue.
 *
 * Events are entries into a category from another one, so a change between two statuses of a category is none. Creation is
 * no event either, but it opens the first interval, in the status that the first transition leaves. Time counts for the
 * status that a transition leaves; the interval that is still open counts nowhere. Where statuses are named that commit,
 * work is committed by entering one of them from a status that does not.
 */
export function workflowMetrics(
  created: Date | null,
  transitions: readonly Transition[],
  roles: StatusRoles,
): WorkflowMetrics {
  const entries: Record<'to_do' | 'in_progress' | 'done', Date[]> = { to_do: [], in_progress: [], done: [] }
  const byStatus: Record<string, number> = {}
  const spent = { to_do: 0, in_progress: 0, done: 0, review: 0 }
  let backlogReturns = 0
  let directCompletion = false
  let firstNamedCommitment: Date | null = null
  let enteredAt = created
  const commits = (statusId: string | null): boolean => statusId !== null && roles.isCommitment?.(statusId) === true

  for (const { from, to, at } of transitions) {
    const left = from === null ? null : roles.category(from)
    const entered = to === null ? null : roles.category(to)
    const seconds = enteredAt === null ? 0 : Math.max(0, at.getTime() - enteredAt.getTime()) / 1000
    if (left !== null) spent[left] += seconds
    if (from !== null) byStatus[from] = (byStatus[from] ?? 0) + seconds
    if (from !== null && roles.isReview(from)) spent.review += seconds
    if (entered !== null && entered !== left) {
      if (entered === 'to_do' && left !== null) backlogReturns += 1
      if (entered === 'done' && entries.done.length === 0) directCompletion = entries.in_progress.length === 0
      entries[entered].push(at)
    }
    if (firstNamedCommitment === null && commits(to) && !commits(from)) firstNamedCommitment = at
    enteredAt = at
  }

  const { to_do: commitments, in_progress: starts, done: completions } = entries
  const firstStart = starts[0] ?? null
  const firstCommitment = roles.isCommitment ? firstNamedCommitment : (commitments[0] ?? null)
  const lastCompletion = completions.at(-1) ?? null
  return {
    work_first_committed_at: firstCommitment,
    work_first_started_at: firstStart,
    work_last_started_at: starts.at(-1) ?? null,
    work_first_completed_at: completions[0] ?? null,
    work_last_completed_at: lastCompletion,
    total_work_starts: starts.length,
    total_completions: completions.length,
    total_backlog_returns: backlogReturns,
    total_work_time_seconds: spent.in_progress,
    total_review_time_seconds: spent.to_do,
    review_time_seconds: spent.review,
    seconds_by_status: byStatus,
    total_cycle_time_seconds: secondsBetween(firstStart, lastCompletion),
    total_lead_time_seconds: secondsBetween(firstCommitment, lastCompletion),
    workflow_complexity_score: 2 * backlogReturns + Math.max(0, completions.length - 1),
    rework_indicator: starts.length > 1,
    direct_completion: directCompletion,
  }
}

/** 0 when an end is missing, and when work began after the last completion. */
function secondsBetween(start: Date | null, end: Date | null): number {
  return start && end ? Math.max(0, end.getTime() - start.getTime()) / 1000 : 0
}
