import type { Context, RowFilter, RunOptions, Window } from '../contracts/context.ts'
import type { AnyEntity } from '../contracts/entity.ts'
import { MillraceError } from '../errors/millrace-error.ts'
import { createFetch } from '../http/create-fetch.ts'
import type { PolicedFetch } from '../http/fetch-options.ts'
import { createProviderBudget, type ProviderBudget } from '../http/provider-budget.ts'
import { entityId } from '../ids/entity-id.ts'
import { withFacts } from '../logging/with-facts.ts'
import type { DrawRequest } from '../ports/budget.ts'
import type { Lease } from '../ports/ledger.ts'
import { blockForAll } from './block-for-all.ts'
import type { Engine } from './engine.ts'
import { describeIssues } from './failure.ts'
import { invalidWork, type Work } from './open-work.ts'
import { rowFacts } from './row-facts.ts'

/** An account at a provider, opened for one row. Only work that talks to the provider opens it: it holds credentials. */
export interface Account {
  readonly fetch: PolicedFetch
  context(window: Window): Context<unknown>
  /**
   * A context that tells whether what is read with it is the whole: without a window, or by a step that never looked at it,
   * and not led by what changed in this run. Once a unit was read as a whole, its older raw records may go.
   */
  watchedContext(window: { readonly since: Date | null; readonly until: Date }): {
    readonly context: Context<unknown>
    whole(): boolean
  }
}

/**
 * Finds the integration of a row and validates its configuration.
 *
 * @throws INVALID_CONFIG when the integration is gone, or its settings do not validate
 */
export async function openAccount(work: Work): Promise<Account> {
  const { engine, connector, signal } = work
  const lease = work.lease()
  const integration = await engine.jobStore.integration(lease.tenantId, lease.integrationId)
  if (!integration) {
    throw invalidWork(lease, `integration ${lease.integrationId} is gone`, 'Give the job another one.')
  }
  const config = connector.config.safeParse(integration.config)
  if (!config.success) {
    const reason = `the settings of integration ${integration.name} are wrong: ${describeIssues(config.error)}`
    throw invalidWork(lease, reason, 'Correct them.')
  }
  const log = withFacts(engine.log, rowFacts(lease))
  const fetch = createFetch({
    ...engine.http,
    fetch: engine.fetch,
    clock: engine.clock,
    random: engine.random,
    log,
    telemetry: engine.telemetry,
    signal,
    budget: budgetOf(engine, lease),
    onRequest: () => work.use({ apiCalls: 1 }),
    onResponse: ({ bytes }) => work.use({ bytesReceived: bytes }),
  })
  const context: Account['context'] = (window) => ({
    config: config.data,
    fetch,
    signal,
    log: engine.log,
    warn: work.warn,
    clock: engine.clock,
    window,
    options: runOptions(lease),
    integration: { id: integration.id, tenantId: integration.tenantId, name: integration.name },
    rows: (entity, filter = {}) => readRows(work, entity, filter),
    upToDateSince: ({ name }) => upToDateSince(work, name, fetch.skewMs()),
  })
  return {
    fetch,
    context,
    watchedContext: ({ since, until }) => {
      let partial = false
      const plain = context(since ? { since, until } : { until })
      const watched: Context<unknown> = {
        ...plain,
        get window() {
          partial ||= since !== null
          return plain.window
        },
        rows: (entity, filter = {}) => {
          partial ||= filter.changedInRun === true
          return plain.rows(entity, filter)
        },
      }
      return { context: watched, whole: () => !partial }
    },
  }
}

/** One budget per account in a process, so that parallel units share its limits. */
const budgets = new WeakMap<Engine, Map<number, ProviderBudget>>()

function budgetOf(engine: Engine, { tenantId, integrationId }: Lease): ProviderBudget {
  const known = budgets.get(engine) ?? new Map<number, ProviderBudget>()
  budgets.set(engine, known)
  const { budget } = engine
  const scope = { tenantId, integrationId, budget: 'extraction' } as const
  const shared = budget && {
    block: (until: Date) => blockForAll(engine, scope, until),
    // A request too many is refused by the provider; one that is never sent would be worse.
    draw: (request: DrawRequest) => budget.draw(scope, request).catch(() => request.points),
  }
  const found = known.get(integrationId) ?? createProviderBudget(shared ? { shared } : {})
  known.set(integrationId, found)
  return found
}

function runOptions(lease: Lease): RunOptions {
  const { steps: _steps, backfill: _backfill, ...options } = lease.options
  return { fullSync: lease.mode === 'full', ...options }
}

async function* readRows(
  { engine, step, lease }: Work,
  entity: AnyEntity,
  { changedInRun, externalIds, columns }: RowFilter,
): ReturnType<Context<unknown>['rows']> {
  if (!step.reads.includes(entity)) {
    throw new MillraceError('INVALID_DEFINITION', {
      message: `Failed to read ${entity.name}: step ${step.name} does not name it in \`reads\`. Add it there.`,
    })
  }
  if (externalIds && entity.parent !== undefined) {
    throw new MillraceError('INVALID_DEFINITION', {
      message: `Failed to read ${entity.name}: children have no external id. Read them all, or those that changed.`,
    })
  }
  const { tenantId, integrationId, runId } = lease()
  const filter = {
    ...(changedInRun === true && { runId }),
    ...(externalIds && { keys: externalIds.map((id) => entityId(tenantId, integrationId, entity.name, id)) }),
    ...(columns && { columns }),
  }
  for await (const rows of engine.loader.read(lease(), entity, filter)) yield rows.map((row) => row.values)
}

/** When the run began, by the provider's clock, where the step brought in it all that it reads. */
async function upToDateSince({ engine, step, lease }: Work, name: string, skewMs: number): Promise<Date | undefined> {
  if (!step.after.some((other) => other.name === name)) {
    throw new MillraceError('INVALID_DEFINITION', {
      message: `Failed to tell how old the rows of ${name} are: step ${step.name} does not wait for it. Name it in \`after\`.`,
    })
  }
  const run = await engine.ledger.run(lease().runId)
  const stages = (run?.counters ?? []).filter(
    (counters) => counters.step === name && (counters.stage === 'extraction' || counters.stage === 'transform'),
  )
  const isWhole = stages.length === 2 && stages.every(({ state, planned }) => state === 'finished' && planned > 0)
  return run && isWhole ? new Date(run.startedAt.getTime() + skewMs) : undefined
}
