import { seededRandom } from '@millrace/core/testing'

/** What is done to a system at work. */
export const FAULT_KINDS = [
  /** kill -9 of a process that extracts or transforms, and a new one after a while */
  'worker',
  /** kill -9 of PostgreSQL, which is started again over what it stored */
  'postgres',
  /** kill -9 of a scheduler, and a new one after a while */
  'scheduler',
  /** SIGSTOP of a worker until others have its rows, then SIGCONT */
  'pause',
  /** kill -9 of the broker, which is started again over what it stored */
  'broker',
  /** kill -9 of the broker, which is started again empty */
  'wipe',
] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

export interface Fault {
  readonly kind: FaultKind
  /** How much of the run's work is done when it strikes, 0 to 1; 0 is the time around its start. */
  readonly at: number
  /** So long after that point. */
  readonly afterMs: number
  /** So long until what was killed is started again. */
  readonly awayMs: number
  /** 0 to 1: which of the processes that it may strike. */
  readonly choice: number
}

/** More kills of workers than this could cost a row all its attempts. */
const MOST_FAULTS = 4
/** What strikes when nearly everything is done finds little to disturb. */
const LATEST = 0.85
const LONGEST_WAIT_MS = 800
const LONGEST_ABSENCE_MS = 5_000

/**
 * What happens to a run: follows from the seed and the number of the run. Kinds take turns as the first fault, so that a short
 * campaign has them all; one to three others are drawn besides.
 */
export function planFaults(seed: number, run: number): readonly Fault[] {
  const random = seededRandom(seed * 10_007 + run)
  const kinds: FaultKind[] = [FAULT_KINDS[run % FAULT_KINDS.length] ?? 'worker']
  const count = 2 + Math.floor(random.next() * (MOST_FAULTS - 1))
  while (kinds.length < count) {
    // Every second one kills a worker: that is what happens most.
    const drawn = FAULT_KINDS[Math.floor(random.next() * 2 * FAULT_KINDS.length)] ?? 'worker'
    kinds.push(drawn)
  }
  const faults = kinds.map((kind) => ({
    kind,
    at: kind === 'scheduler' && random.next() < 0.7 ? 0 : random.next() * LATEST,
    afterMs: Math.floor(random.next() ** 2 * LONGEST_WAIT_MS),
    awayMs: Math.floor(random.next() ** 2 * LONGEST_ABSENCE_MS),
    choice: random.next(),
  }))
  return faults.sort((left, right) => left.at - right.at)
}
