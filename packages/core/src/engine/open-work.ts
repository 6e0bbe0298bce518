import type { Connector } from '../contracts/connector.ts'
import type { Warning } from '../contracts/context.ts'
import type { AnyStep } from '../contracts/step.ts'
import { MillraceError } from '../errors/millrace-error.ts'
import { logWarning } from '../logging/log-warning.ts'
import { withFacts } from '../logging/with-facts.ts'
import { type Commit, type Lease, type RunTotals, WARNINGS_KEPT } from '../ports/ledger.ts'
import { countCommit } from './count-commit.ts'
import type { Engine } from './engine.ts'
import { rowFacts } from './row-facts.ts'
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
  /** Tells people something: the next commit takes it along. */
  warn(warning: Warning): void
  /** What work cost, and whom it warned, since the last time it was asked; every commit takes them along. */
  takeAlong(): TakenAlong
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
type TakenAlong = { readonly totals: Usage } & Pick<Commit, 'warnings'>

/** Longer ones are cut, so that what a run keeps is bounded. */
const LONGEST = { about: 100, message: 1_000 }

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
  const warned = new Map<string, string>()
  const takeAlong = (): TakenAlong => {
    const warnings = [...warned].map(([about, message]) => ({ about, message }))
    const taken = { totals: used, ...(warnings.length > 0 && { warnings }) }
    used = { apiCalls: 0, bytesReceived: 0 }
    warned.clear()
    return taken
  }
  const remember = ({ about, message }: Warning): void => {
    // The run keeps no more, and a commit must not grow with what a connector says.
    if (warned.size < WARNINGS_KEPT && !warned.has(about)) warned.set(about, message)
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
    warn: (warning) => {
      const { about, message } = warning
      logWarning(withFacts(engine.log, rowFacts(current)), warning)
      remember({ about: about.slice(0, LONGEST.about), message: message.slice(0, LONGEST.message) })
    },
    takeAlong,
    commit: async (commit) => {
      const along = takeAlong()
      const totals = { ...along.totals, ...commit.totals, peakMemoryBytes: engine.memory() }
      const outcome = await engine.ledger.commit(current, { ...commit, ...along, totals }).catch((error) => {
        use(along.totals)
        along.warnings?.forEach(remember)
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
