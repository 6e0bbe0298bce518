import type { JobType } from '../completion/run-graph.ts'

/** Rows of one kind of a run that are due: they wait for their turn behind each other. */
export interface Lane {
  readonly tenantId: number
  readonly integrationId: number
  readonly runId: number
  readonly jobType: JobType
}

/**
 * Whose turn it is. Each process keeps its own: the tenant that it served last, and how often it went round all of them,
 * which decides the integration that begins.
 */
export interface Turn {
  readonly lastTenant: number
  readonly round: number
}

export const FIRST_TURN: Turn = { lastTenant: 0, round: 0 }

/**
 * Orders lanes so that tenants take turns, and within a tenant its integrations: first one lane of every tenant, beginning
 * with the one after `lastTenant`, then the second lane of each. Lanes of an integration keep the order that they come in.
 *
 * A tenant with a million rows has as many turns as one with a single row.
 */
export function inTurn<L extends Lane>(lanes: readonly L[], { lastTenant, round }: Turn): readonly L[] {
  const waited = (lane: Lane): number => (lane.tenantId > lastTenant ? 0 : 1)
  const ranked = [...Map.groupBy(lanes, (lane) => lane.tenantId).values()].flatMap((ofTenant) => {
    const integrations = [...new Set(ofTenant.map((lane) => lane.integrationId))].sort((left, right) => left - right)
    const place = (lane: Lane): number =>
      (integrations.indexOf(lane.integrationId) + round + waited(lane)) % integrations.length
    return ofTenant.toSorted((left, right) => place(left) - place(right)).map((lane, rank) => ({ lane, rank }))
  })
  ranked.sort(
    (left, right) =>
      left.rank - right.rank || waited(left.lane) - waited(right.lane) || left.lane.tenantId - right.lane.tenantId,
  )
  return ranked.map(({ lane }) => lane)
}

/** How many rows a lane gives at most in its turn, so that `limit` rows come from all tenants alike. */
export function shareOf(lanes: readonly Lane[], limit: number): number {
  return Math.ceil(limit / Math.max(1, new Set(lanes.map((lane) => lane.tenantId)).size))
}

/** Whose turn it is after these tenants were served, in that order. */
export function nextTurnAfter(turn: Turn, served: readonly number[]): Turn {
  return served.reduce(
    ({ lastTenant, round }, tenantId) => ({
      lastTenant: tenantId,
      round: tenantId <= lastTenant ? round + 1 : round,
    }),
    turn,
  )
}
