import type { Logger } from '../ports/logger.ts'

/** A logger that says these facts with everything. */
export function withFacts(log: Logger, facts: object): Logger {
  return {
    debug: (more, message) => log.debug({ ...facts, ...more }, message),
    info: (more, message) => log.info({ ...facts, ...more }, message),
    warn: (more, message) => log.warn({ ...facts, ...more }, message),
    error: (more, message) => log.error({ ...facts, ...more }, message),
  }
}
