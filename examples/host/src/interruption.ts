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

/** Who signals a whole group of processes reaches this one twice: by itself, and through the one that started it. */
const SAME_SIGNAL_MS = 250

/** The first signal asks for an orderly end, a later one ends the process where it stands: the ledger bears that. */
export function watchForInterruption(onFirst: () => void): Interruption {
  const controller = new AbortController()
  const { promise, resolve } = Promise.withResolvers<void>()
  let firstAt = Number.NEGATIVE_INFINITY
  const listener = (): void => {
    if (performance.now() - firstAt < SAME_SIGNAL_MS) return
    if (controller.signal.aborted) process.exit(EXIT.interrupted)
    firstAt = performance.now()
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
