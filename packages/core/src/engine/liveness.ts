import { z } from 'zod'
import { MillraceError } from '../errors/millrace-error.ts'
import { describeIssues } from './failure.ts'

/** How the death of a worker is found out. */
export interface Liveness {
  readonly staleAfterMs: number
  readonly heartbeatMs: number
}

const DEFAULT_STALE_AFTER_MS = 20_000
const BEATS_PER_STALENESS = 4
/** With fewer, one heartbeat that comes late would cost a living worker its rows. */
const FEWEST_BEATS = 2

const liveness = z
  .object({ staleAfterMs: z.int().min(FEWEST_BEATS).max(3_600_000), heartbeatMs: z.int().min(1) })
  .refine(({ staleAfterMs, heartbeatMs }) => heartbeatMs * FEWEST_BEATS <= staleAfterMs, {
    path: ['heartbeatMs'],
    message: `must fit ${FEWEST_BEATS} times into staleAfterMs`,
  })

/**
 * Fills in what was not said.
 *
 * @throws INVALID_CONFIG when a worker that lives would look dead
 */
export function livenessOf(given: Partial<Liveness>): Liveness {
  const { staleAfterMs = DEFAULT_STALE_AFTER_MS } = given
  const { heartbeatMs = Math.floor(staleAfterMs / BEATS_PER_STALENESS) } = given
  const parsed = liveness.safeParse({ staleAfterMs, heartbeatMs })
  if (parsed.success) return parsed.data
  throw new MillraceError('INVALID_CONFIG', {
    message: `Failed to create a runtime: ${describeIssues(parsed.error)}. Correct it.`,
  })
}
