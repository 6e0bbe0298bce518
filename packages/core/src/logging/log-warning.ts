import type { Warning } from '../contracts/context.ts'
import type { Logger } from '../ports/logger.ts'

/** A warning as the log has it. */
export function logWarning(log: Logger, { about, message, facts = {} }: Warning): void {
  log.warn(facts, `${about}: ${message}`)
}
