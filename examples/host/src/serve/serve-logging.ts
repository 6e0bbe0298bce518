import { destination, type Logger, pino } from 'pino'
import { REDACTED } from '../logging.ts'
import type { ServeOptions } from './serve-options.ts'

/** JSON lines on standard output. Facts of a row come as `tenant`, `run`, `step`, `stage`, `row` and `unit`. */
export function serveLogger({ logLevel, roles, api }: ServeOptions): Logger {
  const base = { pid: process.pid, roles: api ? [...roles, 'api'] : roles }
  const formatters = { level: (label: string) => ({ level: label }) }
  const options = { level: logLevel, base, formatters, redact: REDACTED, timestamp: pino.stdTimeFunctions.isoTime }
  return pino(options, destination({ dest: 1, sync: true }))
}
