const FETCH = '_fetch'

/** The `job_type` of the messages that plan steps of a connector's jobs. */
export function syncType(connector: string): string {
  return `${connector}_sync`
}

/** The `type` of a step's extraction messages: its name and `_fetch`. Transform messages bear the name itself. */
export function fetchType(step: string): string {
  return `${step}${FETCH}`
}

/** The step that an extraction message is about. */
export function stepOfFetchType(type: string): string {
  return type.endsWith(FETCH) ? type.slice(0, -FETCH.length) : type
}
