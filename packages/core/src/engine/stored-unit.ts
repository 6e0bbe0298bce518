import type { Json } from '../contracts/json.ts'
import type { AnyStep } from '../contracts/step.ts'
import { MillraceError } from '../errors/millrace-error.ts'
import { describeIssues } from './failure.ts'

/** A unit as it comes back from storage, which an older version of the connector may have written. */
export function parseStoredUnit(step: AnyStep, stored: Json | undefined, doing: 'extract' | 'transform'): unknown {
  const parsed = step.unit.safeParse(stored)
  if (parsed.success) return parsed.data
  throw new MillraceError('INVALID_UNIT', {
    message: `Failed to ${doing} ${step.name}: its stored unit does not match the schema: ${describeIssues(parsed.error)}.`,
  })
}
