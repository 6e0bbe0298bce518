import type { Connector } from '../contracts/connector.ts'
import type { Context, RunOptions, Window } from '../contracts/context.ts'
import type { AnyEntity } from '../contracts/entity.ts'
import type { AnyStep } from '../contracts/step.ts'
import { MillraceError } from '../errors/millrace-error.ts'
import { createFetch } from '../http/create-fetch.ts'
import type { PolicedFetch } from '../http/fetch-options.ts'
import { createProviderBudget, type ProviderBudget } from '../http/provider-budget.ts'
import type { Commit, Lease, RunTotals } from '../ports/ledger.ts'
import type { Engine } from './engine.ts'
import { describeIssues } from './failure.ts'

/** One leased row with everything that its work needs. */
export interface Work {
  readonly engine: Engine
  /** The lease as it is now: commits that keep it move its cursor. */
  lease(): Lease
  readonly connector: Connector
  readonly step: AnyStep
  readonly signal: AbortSignal
  context(window: Window): Context<unknown>
  readonly fetch: PolicedFetch
  /** API calls and bytes since the last time it was asked; every commit takes them along. */
  takeUsage(): Partial<RunTotals>
  /** Commits, and moves the lease on. False when the lease is lost: stop working. */
  commit(commit: Commit): Promise<boolean>
}

/**
 * Finds the connector, the step and the integration of a row, and validates its configuration.
 *
 * @throws INVALID_CONFIG when the job names what this process does not have, or its settings do not validate
 */
export async function openWork(
  engine: Engine,
  lease: Lease,
  signal: AbortSignal,
  onProgress: (lease: Lease) => void,
): Promise<Work> {
  const refuse = (reason: string, remedy: string): never => {
    throw new MillraceError('INVALID_CONFIG', {
      message: `Failed to open ${lease.jobType} of ${lease.step}: ${reason}. ${remedy}`,
      context: { connector: lease.connector, step: lease.step },
    })
  }
  const connector =
    engine.connectors.get(lease.connector) ??
    refuse(`connector ${lease.connector} is not registered here`, 'Give it to createRuntime.')
  const step =
    connector.steps.find((found) => found.name === lease.step) ??
    refuse(`connector ${connector.name} ${connector.version} has no such step`, 'Cancel the run and start it again.')
  const integration =
    (await engine.jobStore.integration(lease.tenantId, lease.integrationId)) ??
    refuse(`integration ${lease.integrationId} is gone`, 'Give the job another one.')
  const config = connector.config.safeParse(integration.config)
  if (!config.success) {
    return refuse(
      `the settings of integration ${integration.name} are wrong: ${describeIssues(config.error)}`,
      'Correct them.',
    )
  }

  let current = lease
  let apiCalls = 0
  let bytesReceived = 0
  const fetch = createFetch({
    ...engine.http,
    fetch: engine.fetch,
    clock: engine.clock,
    random: engine.random,
    log: engine.log,
    signal,
    budget: budgetOf(engine, lease.integrationId),
    onRequest: () => {
      apiCalls += 1
    },
    onResponse: ({ bytes }) => {
      bytesReceived += bytes
    },
  })
  const takeUsage = (): Partial<RunTotals> => {
    const usage = { apiCalls, bytesReceived }
    apiCalls = 0
    bytesReceived = 0
    return usage
  }
  return {
    engine,
    lease: () => current,
    connector,
    step,
    signal,
    fetch,
    takeUsage,
    context: (window) => ({
      config: config.data,
      fetch,
      signal,
      log: engine.log,
      clock: engine.clock,
      window,
      options: runOptions(lease),
      integration: { id: integration.id, tenantId: integration.tenantId, name: integration.name },
      rows: (entity, filter = {}) => readRows(engine, lease, step, entity, filter.changedInRun === true),
    }),
    commit: async (commit) => {
      const totals = { ...takeUsage(), ...commit.totals }
      if ((await engine.ledger.commit(current, { ...commit, totals })) === 'fenced') {
        engine.log.debug({ run: lease.runId, row: lease.id }, 'The lease is lost; somebody else has the row.')
        return false
      }
      if (commit.row.to === 'leased') {
        const { cursor } = commit.row
        const progress = cursor === undefined ? {} : { cursor, attempts: 0 }
        current = { ...current, ...progress, cursorSeq: current.cursorSeq + 1 }
        onProgress(current)
      }
      return true
    },
  }
}

/** One budget per account in a process, so that parallel units share its limits. */
const budgets = new WeakMap<Engine, Map<number, ProviderBudget>>()

function budgetOf(engine: Engine, integrationId: number): ProviderBudget {
  const known = budgets.get(engine) ?? new Map<number, ProviderBudget>()
  budgets.set(engine, known)
  const found = known.get(integrationId) ?? createProviderBudget()
  known.set(integrationId, found)
  return found
}

function runOptions(lease: Lease): RunOptions {
  return { fullSync: lease.mode === 'full', ...lease.options }
}

async function* readRows(
  engine: Engine,
  lease: Lease,
  step: AnyStep,
  entity: AnyEntity,
  changedInRun: boolean,
): ReturnType<Context<unknown>['rows']> {
  if (!step.reads.includes(entity)) {
    throw new MillraceError('INVALID_DEFINITION', {
      message: `Failed to read ${entity.name}: step ${step.name} does not name it in \`reads\`. Add it there.`,
    })
  }
  const filter = changedInRun ? { runId: lease.runId } : {}
  for await (const rows of engine.loader.read(lease, entity, filter)) yield rows.map((row) => row.values)
}
