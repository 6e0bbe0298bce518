import { MillraceError } from '../errors/millrace-error.ts'
import type { SharedPoints } from '../http/provider-budget.ts'
import type { Budget, BudgetName } from '../ports/budget.ts'
import type { Clock } from '../ports/clock.ts'

/** Whose budget at an embedding server all processes share. */
export interface SharedEmbeddingBudget {
  readonly budget: Budget
  readonly tenantId: number
  /** The account that stands for the tenant: one of those whose texts are embedded with the same key. */
  readonly integrationId: number
}

export interface EmbeddingLimits {
  /** @default undefined: none */
  readonly requestsPerMinute?: number | undefined
  /** @default undefined: none */
  readonly tokensPerMinute?: number | undefined
}

/** Pays for requests out of what all processes together may ask of a server. */
export interface EmbeddingMeter {
  /**
   * Pays for one request before it is sent: waits while the server wants to be left alone, and while the minute's requests
   * or tokens are spent.
   *
   * @throws RATE_LIMITED with `retryAt` when that takes longer than a request may be held
   */
  pay(tokens: number, signal: AbortSignal): Promise<void>
  /** For `createProviderBudget`: refusals, and what the server says is left, reach all processes. */
  readonly points: SharedPoints
}

const WINDOW_MS = 60_000
const LONGEST_HELD_MS = 15_000
/** Clocks differ: a time that is past here may be still to come in the database. */
const LEAST_WAIT_MS = 100

/** @param name for errors: the provider and its model */
export function embeddingMeter(
  { budget, tenantId, integrationId }: SharedEmbeddingBudget,
  { requestsPerMinute, tokensPerMinute }: EmbeddingLimits,
  { clock, name }: { readonly clock: Clock; readonly name: string },
): EmbeddingMeter {
  const scope = (of: BudgetName) => ({ tenantId, integrationId, budget: of })

  const waitUntil = async (until: Date, signal: AbortSignal): Promise<void> => {
    const waitMs = until.getTime() - clock.now()
    if (waitMs > LONGEST_HELD_MS) {
      throw new MillraceError('RATE_LIMITED', {
        message: `Failed to embed with ${name}: what all processes may ask of the server is spent until ${until.toISOString()}. It is tried again then.`,
        retryAt: until,
      })
    }
    await clock.sleep(Math.max(LEAST_WAIT_MS, waitMs), signal)
  }

  // A request too many is refused by the server; one that is never sent would be worse, so a budget that does not answer
  // stands in nobody's way.
  const stateOf = (of: BudgetName) => budget.state(scope(of)).catch(() => undefined)

  const draw = async (of: BudgetName, limit: number, amount: number, signal: AbortSignal): Promise<void> => {
    // What is larger than a whole minute's share would never be sent.
    for (let lacking = Math.min(limit, Math.ceil(amount)); lacking > 0; ) {
      const quota = { remaining: limit, resetsAt: new Date(clock.now() + WINDOW_MS) }
      lacking -= await budget.draw(scope(of), { points: lacking, quota }).catch(() => lacking)
      if (lacking > 0) await waitUntil((await stateOf(of))?.quota?.resetsAt ?? quota.resetsAt, signal)
    }
  }

  return {
    async pay(tokens, signal) {
      for (;;) {
        const until = (await stateOf('embedding'))?.blockedUntil
        if (!until) break
        await waitUntil(until, signal)
      }
      if (requestsPerMinute !== undefined) await draw('embedding-requests', requestsPerMinute, 1, signal)
      if (tokensPerMinute !== undefined) await draw('embedding-tokens', tokensPerMinute, tokens, signal)
    },
    points: {
      block: (until) => budget.block(scope('embedding'), until).catch(() => undefined),
      draw: (request) => budget.draw(scope('embedding'), request).catch(() => request.points),
    },
  }
}
