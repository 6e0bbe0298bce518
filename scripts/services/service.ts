/** A server that tests talk to, found or started. */
export type RunningService = {
  /** For people: where it came from. */
  readonly origin: string
  /** How programs find it. */
  readonly environment: Readonly<Record<string, string>>
  /** Takes back what was made for this run; a server that was found keeps running. Safe to call twice. */
  stop(): Promise<void>
}

/** A service that could not be had, and what would help. */
export type MissingService = {
  readonly reason: string
}

export type Service = {
  readonly name: string
  /** Looks where the user points, then on the usual port, then starts a private one, installing it where that is possible. */
  provide(): Promise<RunningService | MissingService>
}
