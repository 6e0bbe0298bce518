import type { Connector } from '../contracts/connector.ts'
import type { AnyStep } from '../contracts/step.ts'
import { MillraceError } from '../errors/millrace-error.ts'
import type { Commit, Lease, RunTotals } from '../ports/ledger.ts'
import { countCommit } from './count-commit.ts'
import type { Engine } from './engine.ts'
import type { RowFate } from './watch-row.ts'

/** One leased row with what all kinds of work need. */
export interface Work {
  readonly engine: Engine
  /** The lease as it is now: commits that keep it move its cursor. */
  lease(): Lease
  readonly connector: Connector
  readonly step: AnyStep
  readonly signal: AbortSignal
  /** Counts what the work cost. */
  use(usage: Partial<Usage>): void
  /** API calls and bytes since the last time it was asked; every commit takes them along. */
  takeUsage(): Usage
  /** Commits, and moves the lease on. False when the lease is lost: stop working. */
  commit(commit: Commit): Promise<boolean>
}

/** Whoever wants to know how far work came. */
export interface WorkObserver {
  readonly onProgress: (lease: Lease) => void
  /** What the last commit made of the row. */
  readonly onFate: (outcome: RowFate['outcome']) => void
}

type Usage = Pick<RunTotals, 'apiCalls' | 'bytesReceived'>

/**
 * Finds the connector and the step of a row.
 *
 * @throws INVALID_CONFIG when the job names what this process does not have
 */
export function openWork(
  engine: Engine,
  lease: Lease,
  signal: AbortSignal,
  { onProgress, onFate }: WorkObserver,
): Work {
  const connector = engine.connectors.get(lease.connector)
  if (!connector) {
    throw invalidWork(lease, `connector ${lease.connector} is not registered here`, 'Give it to createRuntime.')
  }
  const step = connector.steps.find((found) => found.name === lease.step)
  if (!step) {
    const reason = `connector ${connector.name} ${connector.version} has no such step`
    throw invalidWork(lease, reason, 'Cancel the run and start it again.')
  }

  let current = lease
  let used: Usage = { apiCalls: 0, bytesReceived: 0 }
  const takeUsage = (): Usage => {
    const taken = used
    used = { apiCalls: 0, bytesReceived: 0 }
    return taken
  }
  const use: Work['use'] = ({ apiCalls = 0, bytesReceived = 0 }) => {
    used = { apiCalls: used.apiCalls + apiCalls, bytesReceived: used.bytesReceived + bytesReceived }
  }
  return {
    engine,
    lease: () => current,
    connector,
    step,
    signal,
    use,
    takeUsage,
    commit: async (commit) => {
      const usage = takeUsage()
      const totals = { ...usage, ...commit.totals, peakMemoryBytes: engine.memory() }
      const outcome = await engine.ledger.commit(current, { ...commit, totals }).catch((error) => {
        use(usage)
        throw error
      })
      if (outcome === 'fenced') {
        engine.log.debug({ run: lease.runId, row: lease.id }, 'The lease is lost; somebody else has the row.')
        onFate('fenced')
        return false
      }
      onFate(commit.row.to)
      countCommit(engine.telemetry, commit, lease)
      if (commit.row.to === 'leased') {
        const { cursor } = commit.row
        const progress = cursor === undefined ? {} : { cursor, attempts: 0, suspect: false, waitedMs: 0 }
        current = { ...current, ...progress, cursorSeq: current.cursorSeq + 1 }
        onProgress(current)
      }
      return true
    },
  }
}

/** A row that this process cannot work on, and what to do about it. */
export function invalidWork(lease: Lease, reason: string, remedy: string): MillraceError {
  return new MillraceError('INVALID_CONFIG', {
    message: `Failed to open ${lease.jobType} of ${lease.step}: ${reason}. ${remedy}`,
    context: { connector: lease.connector, step: lease.step },
  })
}
