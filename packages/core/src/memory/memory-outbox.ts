import { type JobType, STAGE_OF_JOB_TYPE } from '../completion/run-graph.ts'
import { TIERS, type Tier } from '../messages/queue-names.ts'
import { FIRST_TURN, type Turn } from '../outbox/take-turns.ts'
import { whyUnclaimable } from '../outbox/why-unclaimable.ts'
import type { Clock } from '../ports/clock.ts'
import type { Outbox, OutboxQueue, OutboxRow, QueueBacklog } from '../ports/outbox.ts'
import { type LedgerRow, leaseOf } from './memory-ledger-rows.ts'
import type { MemoryRuns } from './memory-runs.ts'
import { byAge, rowsInTurn } from './memory-turns.ts'

export interface MemoryOutboxOptions {
  readonly ledger: MemoryRuns
  readonly clock: Clock
  readonly maxPendingRaw: number
  readonly tierOf: (tenantId: number) => Tier
}

const JOB_TYPES = Object.keys(STAGE_OF_JOB_TYPE) as JobType[]
const DAY_MS = 86_400_000

/** The outbox of the memory ledger. */
export function memoryOutbox({ ledger, clock, maxPendingRaw, tierOf }: MemoryOutboxOptions): Outbox {
  const { rows, runs } = ledger
  const turns = new Map<string, Turn>()

  const isIn =
    ({ jobType, tier }: OutboxQueue) =>
    (row: LedgerRow): boolean =>
      row.jobType === jobType && (tier === null || tierOf(row.tenantId) === tier)
  const isOpen = (row: LedgerRow): boolean =>
    (row.status === 'pending' || row.status === 'leased') && runs.get(row.runId)?.state === 'running'
  const published = (queue: OutboxQueue): readonly LedgerRow[] =>
    [...rows.values()].filter(
      (row) => row.status === 'pending' && row.publishedAt !== undefined && isIn(queue)(row) && isOpen(row),
    )
  const ageMs = (since: number): number => clock.now() - since
  const backlogOf = (queue: OutboxQueue): QueueBacklog => {
    const open = [...rows.values()].filter((row) => isIn(queue)(row) && isOpen(row))
    const due = open.filter((row) => row.status === 'pending' && row.dueAt <= clock.now())
    const oldestMs = due.length === 0 ? null : Math.max(...due.map((row) => ageMs(row.dueAt)))
    return { queue, open: open.length, published: published(queue).length, oldestMs }
  }
  const backlog = (): readonly QueueBacklog[] => QUEUES.map(backlogOf).filter(({ open }) => open > 0)

  /** Marks rows, and renders what their messages say. */
  const mark = (taken: readonly LedgerRow[]): readonly OutboxRow[] => {
    const firsts = new Set(taken.filter((row) => isFirst(row, rows)).map(({ id }) => id))
    return taken.map((row) => {
      row.publishedAt = clock.now()
      const lease = leaseOf(row, ledger.runOf(row.runId))
      return {
        ...lease,
        provider: capitalized(lease.connector),
        since: row.window?.since ?? null,
        scheduledAt: new Date(row.dueAt),
        priority: row.priority,
        first: firsts.delete(row.id),
      }
    })
  }

  return {
    take: async ({ queue, window, limit }) => {
      const before = published(queue)
      const room = Math.max(0, Math.min(limit, window - before.length))
      const key = `${queue.jobType}/${queue.tier}`
      const turn = turns.get(key) ?? FIRST_TURN
      const fits = isIn(queue)
      const found = rowsInTurn(ledger, clock.now(), maxPendingRaw, room, turn, (row) => {
        return row.publishedAt === undefined && fits(row)
      })
      turns.set(key, found.turn)
      const oldestMs = before.length === 0 ? 0 : Math.max(...before.map(({ publishedAt = 0 }) => ageMs(publishedAt)))
      return { rows: mark(found.rows), published: before.length + found.rows.length, oldestMs }
    },
    retake: async ({ queue, olderThanMs, limit }) => {
      const old = published(queue).filter(({ publishedAt = 0 }) => ageMs(publishedAt) >= olderThanMs)
      const oldestFirst = old.toSorted(
        (left, right) => (left.publishedAt ?? 0) - (right.publishedAt ?? 0) || byAge(left, right),
      )
      return mark(oldestFirst.slice(0, limit))
    },
    giveBack: async (ids) => {
      for (const id of ids) {
        const row = rows.get(id)
        if (row?.status === 'pending') row.publishedAt = undefined
      }
    },
    unclaimable: async ({ id, tenantId, runId }, jobType) => {
      const run = runs.get(runId)
      const row = rows.get(id)
      const why = whyUnclaimable({
        jobType,
        run: run?.tenantId === tenantId ? { id: runId, ...run } : undefined,
        row: row?.tenantId === tenantId ? row : undefined,
      })
      if (why === 'waiting' && row) row.publishedAt = undefined
      return why
    },
    open: async () => backlog().map(({ queue }) => queue),
    backlog: async () => backlog(),
    takeDead: async (limit) => {
      const now = clock.now()
      const news = [...rows.values()].filter(
        ({ status, diedAt, announcedAt, failure }) =>
          status === 'dead' &&
          diedAt !== undefined &&
          diedAt > now - DAY_MS &&
          announcedAt === undefined &&
          failure?.code !== 'STEP_STOPPED',
      )
      const oldestFirst = news.toSorted((left, right) => (left.diedAt ?? 0) - (right.diedAt ?? 0) || left.id - right.id)
      return oldestFirst.slice(0, limit).flatMap((row) => {
        row.announcedAt = now
        const { id, tenantId, jobId, runId, step, jobType, attempts, failure, diedAt } = row
        const integrationId = ledger.runOf(runId).integrationId
        if (!failure || diedAt === undefined) return []
        const died = new Date(diedAt)
        return [{ id, tenantId, integrationId, jobId, runId, step, jobType, attempts, failure, diedAt: died }]
      })
    },
    giveBackDead: async (ids) => {
      for (const id of ids) {
        const row = rows.get(id)
        if (row) row.announcedAt = undefined
      }
    },
  }
}

const QUEUES: readonly OutboxQueue[] = JOB_TYPES.flatMap((jobType): OutboxQueue[] =>
  jobType === 'plan' ? [{ jobType, tier: null }] : TIERS.map((tier) => ({ jobType, tier })),
)

/** None of its stage was published, leased or settled before, and none is older. */
function isFirst(row: LedgerRow, rows: ReadonlyMap<number, LedgerRow>): boolean {
  for (const other of rows.values()) {
    if (other.runId !== row.runId || other.step !== row.step || other.jobType !== row.jobType) continue
    if (other.status !== 'pending' || other.publishedAt !== undefined || other.id < row.id) return false
  }
  return true
}

function capitalized(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}
