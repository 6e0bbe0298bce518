import type { Telemetry } from '../ports/telemetry.ts'

/** Tells nobody: the default where no telemetry is given. */
export const silentTelemetry: Telemetry = {
  span: (_name, _attributes, work) => work({ set: () => undefined, fail: () => undefined }),
  add: () => undefined,
  record: () => undefined,
}
