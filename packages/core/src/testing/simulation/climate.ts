import type { Dice } from './dice.ts'

/** How rough one simulated world is: probabilities per call, drawn once per seed, so that seeds differ in kind. */
export interface Climate {
  /** A process dies at a call, before or after it has reached the port. */
  readonly crash: number
  /** A call of a store fails: it never arrived, or it did its work and the answer is lost. */
  readonly storeFault: number
  /** An answer waits on its way back, while others overtake it. */
  readonly slowAnswer: number
  /** A call takes seconds of virtual time, up to longer than a lease. */
  readonly stall: number
  /** Time passes although something could happen now. */
  readonly skipTime: number
  /** A process stands still for longer than its lease, and then goes on as if nothing had happened. */
  readonly suspend: number
  /** A hint of the ledger is not heard. */
  readonly deaf: number
  /** The provider answers with an error, hangs or cuts its answer short. */
  readonly providerFault: number
  /** The embedding provider or the vector store fails. */
  readonly vectorFault: number
  /** The broker loses or repeats a message, or leaves its publisher in doubt. */
  readonly brokerFault: number
}

/** A world without faults, in which only the order of events is left to chance. */
export function calm(deaf: number): Climate {
  return { ...CALM, deaf }
}

const CALM: Climate = {
  crash: 0,
  storeFault: 0,
  slowAnswer: 0.2,
  stall: 0,
  skipTime: 0,
  suspend: 0,
  deaf: 0,
  providerFault: 0,
  vectorFault: 0,
  brokerFault: 0,
}

/**
 * Each kind of fault is absent in many worlds, rare in some and frequent in a few: bugs hide in all three.
 *
 * @param deaf at least so many hints are not heard
 */
export function drawClimate(dice: Dice, deaf: number): Climate {
  const level = (most: number): number => (dice.chance(0.35) ? 0 : most * dice.random.next() ** 2)
  return {
    crash: level(0.04),
    storeFault: level(0.05),
    slowAnswer: 0.1 + 0.5 * dice.random.next(),
    stall: level(0.03),
    skipTime: level(0.05),
    suspend: level(0.006),
    deaf: Math.max(deaf, level(0.5)),
    providerFault: level(0.3),
    vectorFault: level(0.2),
    brokerFault: level(0.3),
  }
}
