import { type DeadRow, errorTable, type RunSummary, STAGE_OF_JOB_TYPE } from '@millrace/core'
import { showBytes, showCount, showDuration } from '../progress/quantities.ts'
import type { TableCount } from './row-counts.ts'

const VERDICT = { finished: 'Finished', failed: 'Failed', cancelled: 'Cancelled' } as const

/** What a run did, in lines for people. */
export function renderSummary(summary: RunSummary, tables: readonly TableCount[]): readonly string[] {
  const { totals, state, durationMs, failures, warnings } = summary
  const nameWidth = Math.max(...tables.map(({ table }) => table.length), 0)
  const rows = tables.map(({ table, live, gone }) => {
    const tombstones = gone > 0 ? `  and ${showCount(gone)} that are gone at the source` : ''
    return `  ${table.padEnd(nameWidth)} ${showCount(live).padStart(10)}${tombstones}`
  })
  const removed = totals.rowsRemoved > 0 ? `, ${showCount(totals.rowsRemoved)} removed` : ''
  return [
    `${VERDICT[state]} in ${showDuration(durationMs)}: ${showCount(totals.rowsWritten)} rows written${removed}, ` +
      `${showCount(totals.embedded)} texts embedded, ${showCount(totals.apiCalls)} API calls, ` +
      `${showBytes(totals.bytesReceived)} received.`,
    'Rows per table:',
    ...rows,
    ...renderFailures(failures, deadRows(summary)),
    ...(warnings.length > 0 ? ['What to know:'] : []),
    ...warnings.flatMap(({ step, about, message }) => [`  ${about}: ${message}`, `    in ${step}.`]),
  ]
}

function deadRows({ counters }: RunSummary): number {
  return counters.reduce((sum, { dead }) => sum + dead, 0)
}

/** What failed for the same reason is one line: a wrong setting fails every unit. */
function renderFailures(failures: readonly DeadRow[], dead: number): readonly string[] {
  if (failures.length === 0) return []
  const alike = Map.groupBy(failures, ({ step, jobType, failure }) => [step, jobType, failure.code].join(' '))
  const lines = [...alike.values()].flatMap((group) => {
    const [first] = group
    if (!first) return []
    const { failure } = first
    const times = group.length > 1 ? ` (and ${showCount(group.length - 1)} more like it)` : ''
    return [`  ${failure.code}: ${failure.message}${times}`, `    in ${placeOf(first)}. ${adviceOn(first)}`]
  })
  const shown = failures.length < dead ? `, the first ${showCount(failures.length)} of them here` : ''
  return [`What failed (${showCount(dead)}${shown}):`, ...lines]
}

/** Which step and stage, and, where one page is at fault, where that page is kept. */
function placeOf({ step, jobType, payload }: DeadRow): string {
  const { raw_id, items } = payload
  const page = typeof raw_id === 'number' ? `, raw record ${raw_id}` : ''
  const records = Array.isArray(items) ? `, item ${items.join(', ')}` : ''
  return `${step}, ${STAGE_OF_JOB_TYPE[jobType]}${page}${records}`
}

/** Most messages say themselves what to do, in their second sentence. */
function adviceOn({ failure }: DeadRow): string {
  const then = failure.transient ? 'The next run tries it again.' : 'It stays in etl_job_queue until somebody decides.'
  return /[.!?)"] +[A-Z]/.test(failure.message) ? then : `${errorTable[failure.code].remedy} ${then}`
}
