import type { AnyEntity, Context, Lookup, StoredRow } from '@millrace/core'
import { changelogs } from './entities/changelogs.ts'
import { statuses } from './entities/statuses.ts'
import { statusesMappings } from './entities/statuses-mappings.ts'
import { workItems } from './entities/work-items.ts'
import { workflowMetricColumns } from './entities/workflow-metric-columns.ts'
import { workflows } from './entities/workflows.ts'
import type { JiraConfig } from './jira-options.ts'
import { rowId } from './row-id.ts'
import { rowsByIssue } from './rows-by-issue.ts'
import { statusRoles } from './status-roles.ts'
import { type Transition, workflowMetrics } from './workflow-metrics.ts'

/** What a step must read that asks for issues with outdated metrics. */
export const READ_FOR_METRICS = [statuses, statusesMappings, workflows, workItems, changelogs]

const METRICS = Object.keys(workflowMetricColumns)
const TRANSITION = ['history_id', 'item_index', 'from_status_id', 'to_status_id', 'transition_change_date']

/**
 * Issues whose stored metrics are not those of their stored transitions, since a status counts as something else now: it moved
 * to another category in Jira. By their ids, with the row of their project. All transitions are read, a page at a time.
 */
export async function issuesWithOutdatedMetrics(ctx: Context<JiraConfig>): Promise<ReadonlyMap<string, unknown>> {
  const lookup = await lookupOf(ctx)
  const roles = statusRoles(null, lookup)
  /** Jira's ids of statuses, by the UUIDs of their rows. */
  const known = new Map(lookup.all(statuses).map((row) => [row.id, String(row.external_id)]))
  const outdated = new Map<string, unknown>()
  const histories = rowsByIssue(ctx, changelogs, TRANSITION)
  const columns = ['external_id', 'project_id', 'status_id', 'created', ...METRICS]
  for await (const rows of ctx.rows(workItems, { columns })) {
    for (const row of rows) {
      const issue = rowId(ctx, workItems, String(row.external_id))
      const transitions = inWords(inOrder(await histories.of(issue)), known)
      // Of a status that is not stored only the issue itself told what it counts as.
      if (transitions === undefined || !known.has(row.status_id)) continue
      const metrics = workflowMetrics(momentOf(row.created), transitions, roles)
      if (METRICS.some((name) => !isSame(row[name], Reflect.get(metrics, name)))) {
        outdated.set(String(row.external_id), row.project_id)
      }
    }
  }
  return outdated
}

interface StoredTransition {
  readonly from: unknown
  readonly to: unknown
  readonly at: Date
}

/** As histories are read: by time, then by number, then by the place in the entry. */
function inOrder(rows: readonly StoredRow[]): readonly StoredTransition[] {
  return rows
    .map((row) => ({
      from: row.from_status_id,
      to: row.to_status_id,
      at: momentOf(row.transition_change_date) ?? new Date(0),
      history: Number(row.history_id),
      item: Number(row.item_index),
    }))
    .sort(
      (left, right) => left.at.getTime() - right.at.getTime() || left.history - right.history || left.item - right.item,
    )
}

/** The same by Jira's ids; nothing where one of the statuses is not stored. */
function inWords(
  transitions: readonly StoredTransition[],
  known: ReadonlyMap<unknown, string>,
): readonly Transition[] | undefined {
  const told: Transition[] = []
  for (const { from, to, at } of transitions) {
    if ((from !== null && !known.has(from)) || (to !== null && !known.has(to))) return undefined
    told.push({ from: known.get(from) ?? null, to: known.get(to) ?? null, at })
  }
  return told
}

async function lookupOf(ctx: Context<JiraConfig>): Promise<Lookup> {
  const tables = new Map<AnyEntity, ReadonlyMap<string, StoredRow>>()
  for (const entity of [statuses, statusesMappings, workflows]) {
    const found = new Map<string, StoredRow>()
    for await (const rows of ctx.rows(entity)) {
      for (const row of rows) {
        const id = String(row.external_id)
        found.set(id, { ...row, id: rowId(ctx, entity, id) })
      }
    }
    tables.set(entity, found)
  }
  return {
    get: (entity, externalId) => tables.get(entity)?.get(externalId),
    all: (entity) => [...(tables.get(entity)?.values() ?? [])],
  }
}

function momentOf(value: unknown): Date | null {
  if (value === null || value === undefined) return null
  return value instanceof Date ? value : new Date(String(value))
}

/** Stores give moments as dates or as text, and large integers as text. */
function isSame(stored: unknown, computed: unknown): boolean {
  if (computed instanceof Date) return momentOf(stored)?.getTime() === computed.getTime()
  if (typeof computed === 'number') return stored !== null && Number(stored) === computed
  if (typeof computed === 'object' && computed !== null) return sorted(stored) === sorted(computed)
  return (stored ?? null) === computed
}

function sorted(value: unknown): string {
  return JSON.stringify(Object.entries(value ?? {}).sort(([left], [right]) => (left < right ? -1 : 1)))
}
