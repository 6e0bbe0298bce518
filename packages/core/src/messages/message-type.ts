const FETCH = '_fetch'

/** The `type` of a step's extraction messages: its name and `_fetch`. Transform messages bear the name itself. */
export function fetchType(step: string): string {
  return `${step}${FETCH}`
}

/** The step that an extraction message is about. */
export function stepOfFetchType(type: string): string {
  return type.endsWith(FETCH) ? type.slice(0, -FETCH.length) : type
}
