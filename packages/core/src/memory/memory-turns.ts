import { inTurn, nextTurnAfter, shareOf, type Turn } from '../outbox/take-turns.ts'
import type { LedgerRow, MemoryRun } from './memory-ledger-rows.ts'
import type { MemoryRuns } from './memory-runs.ts'

/** Order within a lane. */
export function byAge(left: LedgerRow, right: LedgerRow): number {
  return left.priority - right.priority || left.dueAt - right.dueAt || left.id - right.id
}

/** Up to `limit` rows that may be worked on now and that `wanted` takes, tenants and their integrations in turn. */
export function rowsInTurn(
  { rows, runs }: MemoryRuns,
  now: number,
  maxPendingRaw: number,
  limit: number,
  turn: Turn,
  wanted: (row: LedgerRow) => boolean,
): { readonly rows: readonly LedgerRow[]; readonly turn: Turn } {
  const heldBack = new Map<number, boolean>()
  const isHeldBack = (run: MemoryRun): boolean => {
    const known = heldBack.get(run.runId) ?? pendingRaw(run) >= maxPendingRaw
    heldBack.set(run.runId, known)
    return known
  }
  const lanes = new Map<string, LedgerRow[]>()
  for (const row of rows.values()) {
    if (row.status !== 'pending' || row.dueAt > now || !wanted(row)) continue
    const run = runs.get(row.runId)
    if (run?.state !== 'running' || (row.jobType === 'extract' && isHeldBack(run))) continue
    const key = `${row.runId}/${row.jobType}`
    const lane = lanes.get(key)
    if (lane) lane.push(row)
    else lanes.set(key, [row])
  }
  const heads = [...lanes.entries()].map(([key, ofLane]) => {
    const sorted = ofLane.sort(byAge)
    const [head] = sorted as [LedgerRow]
    const integrationId = runs.get(head.runId)?.integrationId ?? 0
    return { key, head, sorted, integrationId, tenantId: head.tenantId, runId: head.runId, jobType: head.jobType }
  })
  heads.sort((left, right) => byAge(left.head, right.head))
  const share = shareOf(heads, limit)
  const taken: LedgerRow[] = []
  const served: number[] = []
  for (const { sorted, tenantId } of inTurn(heads, turn)) {
    if (taken.length >= limit) break
    taken.push(...sorted.slice(0, Math.min(share, limit - taken.length)))
    served.push(tenantId)
  }
  return { rows: taken, turn: nextTurnAfter(turn, [...new Set(served)]) }
}

function pendingRaw({ counters }: MemoryRun): number {
  return counters.reduce((sum, { stage, planned, done, dead }) => {
    return stage === 'transform' ? sum + planned - done - dead : sum
  }, 0)
}
