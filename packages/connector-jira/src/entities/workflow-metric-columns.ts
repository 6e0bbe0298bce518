import { z } from 'zod'

const moment = z.date().nullable()
const count = z.int()
const seconds = z.number()

/** What `workflowMetrics` computes, as columns of `work_items`. */
export const workflowMetricColumns = {
  /** First entry into To Do. */
  work_first_committed_at: moment,
  /** First entry into In Progress. */
  work_first_started_at: moment,
  /** Last entry into In Progress. */
  work_last_started_at: moment,
  /** First entry into Done. */
  work_first_completed_at: moment,
  /** Last entry into Done. */
  work_last_completed_at: moment,
  /** Entries into In Progress. */
  total_work_starts: count,
  /** Entries into Done. */
  total_completions: count,
  /** Entries into To Do from In Progress or Done. */
  total_backlog_returns: count,
  /** Time in In Progress. */
  total_work_time_seconds: seconds,
  /** Time in To Do: the name is that of the reports which read this column. */
  total_review_time_seconds: seconds,
  /** Time in statuses whose role is review. */
  review_time_seconds: seconds,
  /** Time in each status that was left, by Jira's id of the status. */
  seconds_by_status: z.record(z.string(), seconds),
  /** First start to last completion, 0 while either is missing. */
  total_cycle_time_seconds: seconds,
  /** First commitment to last completion, 0 while either is missing. */
  total_lead_time_seconds: seconds,
  /** 2 × backlog returns + completions after the first. */
  workflow_complexity_score: count,
  /** Work started more than once. */
  rework_indicator: z.boolean(),
  /** Completed without a start before the first completion. */
  direct_completion: z.boolean(),
}

const workflowMetricsRow = z.object(workflowMetricColumns)

export type WorkflowMetrics = z.output<typeof workflowMetricsRow>
