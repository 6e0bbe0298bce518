import type { CheckResult, Connector } from '../contracts/connector.ts'
import type { Context } from '../contracts/context.ts'
import { MillraceError } from '../errors/millrace-error.ts'
import { createFetch } from '../http/create-fetch.ts'
import type { FetchOptions } from '../http/fetch-options.ts'
import { logWarning } from '../logging/log-warning.ts'
import { silentLogger } from '../logging/silent-logger.ts'
import type { Integration } from '../ports/job-store.ts'
import { systemClock } from '../system/system-clock.ts'
import { describeIssues } from './failure.ts'

/** Somebody waits for the answer, and nothing has begun that would have to be carried on. */
const RETRIES = 1
const TIMEOUT_MS = 15_000

/** What `ctx.fetch` and the rest of the context are made of; anything left out is as documented there. */
export interface CheckConnectionOptions extends FetchOptions {
  /** @default 1 */
  readonly retries?: number
  /** @default 15_000 */
  readonly timeoutMs?: number
}

/**
 * Asks a provider who we are, so that a wrong address or token is one sentence and not a failed run. Nothing is stored.
 *
 * @returns undefined when the connector has no check
 * @throws INVALID_CONFIG when the settings do not validate; UNAUTHORIZED, FORBIDDEN_URL, NOT_JSON, HTTP_STATUS,
 *   HTTP_UNAVAILABLE, HTTP_TIMEOUT, RATE_LIMITED
 * @example
 * const found = await checkConnection(tracker, integration)
 * console.log(found?.account)
 */
export async function checkConnection(
  connector: Connector,
  integration: Integration,
  options: CheckConnectionOptions = {},
): Promise<CheckResult | undefined> {
  const config = connector.config.safeParse(integration.config)
  if (!config.success) {
    throw new MillraceError('INVALID_CONFIG', {
      message: `Failed to use ${integration.name}: its settings are wrong: ${describeIssues(config.error)}. Correct them.`,
      context: { integration: integration.id },
    })
  }
  const { log = silentLogger, clock = systemClock, signal = new AbortController().signal } = options
  const context: Context<unknown> = {
    config: config.data,
    fetch: createFetch({ retries: RETRIES, timeoutMs: TIMEOUT_MS, ...options }),
    signal,
    log,
    warn: (warning) => logWarning(log, warning),
    clock,
    window: { until: new Date(clock.now()) },
    options: { fullSync: false },
    integration: { id: integration.id, tenantId: integration.tenantId, name: integration.name },
    async *rows() {},
    upToDateSince: async () => undefined,
  }
  return connector.check(context, { thorough: true })
}
