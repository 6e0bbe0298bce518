import {
  type CheckResult,
  type Connector,
  createFetch,
  type Integration,
  type Logger,
  MillraceError,
  systemClock,
} from '@millrace/core'

/** Somebody waits for the answer, and nothing has begun that would have to be carried on. */
const RETRIES = 1
const TIMEOUT_MS = 15_000

/**
 * Asks the provider who we are before a run begins, so that a wrong address or token is one sentence and not a failed run.
 *
 * @throws INVALID_CONFIG, UNAUTHORIZED, NOT_JSON, HTTP_STATUS, HTTP_UNAVAILABLE, HTTP_TIMEOUT
 */
export async function checkAccount(
  connector: Connector,
  integration: Integration,
  { log, signal }: { readonly log: Logger; readonly signal: AbortSignal },
): Promise<CheckResult | undefined> {
  const config = connector.config.safeParse(integration.config)
  if (!config.success) {
    const reasons = config.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
    throw new MillraceError('INVALID_CONFIG', { message: `Failed to use ${integration.name}: ${reasons}. Correct it.` })
  }
  return connector.check({
    config: config.data,
    fetch: createFetch({ log, signal, retries: RETRIES, timeoutMs: TIMEOUT_MS }),
    signal,
    log,
    clock: systemClock,
    window: { until: new Date(systemClock.now()) },
    options: { fullSync: false },
    integration,
    async *rows() {},
  })
}
