/** What the program ends with, so that scripts can tell what to do next. */
export const EXIT = {
  finished: 0,
  runFailed: 1,
  /** Options or settings are wrong: starting it again the same way ends the same way. */
  badOptions: 2,
  /** The database, a port or the provider cannot be had. */
  cannotStart: 3,
  /** `millrace workers restart` asked for it, and all that this process held is finished: a supervisor starts it anew. */
  restart: 75,
  /** Ctrl-C, as shells count it: 128 + SIGINT. */
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
