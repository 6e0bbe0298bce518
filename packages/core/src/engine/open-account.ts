import type { Context, RunOptions, Window } from '../contracts/context.ts'
import type { AnyEntity } from '../contracts/entity.ts'
import { MillraceError } from '../errors/millrace-error.ts'
import { createFetch } from '../http/create-fetch.ts'
import type { PolicedFetch } from '../http/fetch-options.ts'
import { createProviderBudget, type ProviderBudget } from '../http/provider-budget.ts'
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
  return {
    fetch,
    context: (window) => ({
      config: config.data,
      fetch,
      signal,
      log,
      clock: engine.clock,
      window,
      options: runOptions(lease),
      integration: { id: integration.id, tenantId: integration.tenantId, name: integration.name },
      rows: (entity, filter = {}) => readRows(work, entity, filter.changedInRun === true),
    }),
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
  return { fullSync: lease.mode === 'full', ...lease.options }
}

async function* readRows(
  { engine, step, lease }: Work,
  entity: AnyEntity,
  changedInRun: boolean,
): ReturnType<Context<unknown>['rows']> {
  if (!step.reads.includes(entity)) {
    throw new MillraceError('INVALID_DEFINITION', {
      message: `Failed to read ${entity.name}: step ${step.name} does not name it in \`reads\`. Add it there.`,
    })
  }
  const filter = changedInRun ? { runId: lease().runId } : {}
  for await (const rows of engine.loader.read(lease(), entity, filter)) yield rows.map((row) => row.values)
}
