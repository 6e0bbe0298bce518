/** Circumstances of this machine that keep the program from starting; everything else is a MillraceError. */
export class CannotStart extends Error {
  readonly code: 'PORT_UNAVAILABLE' | 'KEY_UNAVAILABLE'

  constructor(code: CannotStart['code'], message: string, cause: unknown) {
    super(message, { cause })
    this.code = code
  }
}
