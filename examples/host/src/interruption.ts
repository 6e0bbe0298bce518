import { EXIT } from './exit-codes.ts'

/** Ctrl-C, or a supervisor's request to stop. */
export interface Interruption {
  readonly signal: AbortSignal
  /** Resolves when it happens. */
  readonly happened: Promise<void>
  /** Signals have their usual effect again, so that nothing keeps the process alive. */
  forget(): void
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** The first signal asks for an orderly end, the second one ends the process where it stands: the ledger bears that. */
export function watchForInterruption(onFirst: () => void): Interruption {
  const controller = new AbortController()
  const { promise, resolve } = Promise.withResolvers<void>()
  const listener = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted)
    controller.abort()
    onFirst()
    resolve()
  }
  for (const name of SIGNALS) process.on(name, listener)
  return {
    signal: controller.signal,
    happened: promise,
    forget: () => {
      for (const name of SIGNALS) process.off(name, listener)
    },
  }
}
