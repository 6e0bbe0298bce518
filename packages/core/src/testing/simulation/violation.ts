/** The engine broke a promise, in a simulated world. The message says which, with the facts. */
export class Violation extends Error {
  /** Short name of the promise, for example `nothing lost`. */
  readonly promise: string

  constructor(promise: string, facts: string) {
    super(`${promise}: ${facts}`)
    this.name = 'Violation'
    this.promise = promise
  }
}
