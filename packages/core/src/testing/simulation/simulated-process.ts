import { type Observable, Subject } from 'rxjs'
import type { Clock } from '../../ports/clock.ts'
import type { LedgerChange } from '../../ports/ledger.ts'
import type { Actor, Director } from './director.ts'

/** What becomes of one call of a port. */
export type Fate =
  | { readonly kind: 'go' }
  /** The process dies: before the call arrives, or after it did its work. */
  | { readonly kind: 'crash'; readonly when: 'before' | 'after' }
  /** The caller sees an error: before the call arrives, or after it did its work. */
  | { readonly kind: 'fail'; readonly when: 'before' | 'after'; readonly error: Error }
  /** It takes so long until the call arrives. */
  | { readonly kind: 'stall'; readonly ms: number }

export interface CallRules {
  /** Decides at the moment at which a call would arrive. */
  readonly fate: (call: Call) => Fate
  /** Whether the answer waits on its way back. */
  readonly slowAnswer: (call: Call) => boolean
}

export interface Call {
  readonly process: SimulatedProcess
  readonly port: string
  readonly method: string
  readonly args: readonly unknown[]
}

/**
 * One life of a process in a simulated world. It reaches its ports through `call` and its clock only, and when it has died
 * nothing that it waits for ever comes, and nothing that it does arrives anywhere.
 */
export interface SimulatedProcess extends Actor {
  readonly clock: Clock
  /**
   * Calls a port: the director decides when it arrives, and when its answer is back.
   *
   * @param arrived told what the call did, also when the answer never reaches its caller
   */
  call<Result>(
    about: Omit<Call, 'process'>,
    invoke: () => Promise<Result>,
    arrived?: (outcome: { readonly value: Result } | { readonly error: unknown }) => void,
  ): Promise<Result>
  /** Hints as this process hears them: some are lost, none is in time. */
  hear(changes: Observable<LedgerChange>, isLost: () => boolean): Observable<LedgerChange>
  /** Stands still until then. */
  suspend(until: number): void
  die(): void
  /** Called when the process dies; at once when it is dead already. */
  onDeath(listener: () => void): void
}

export function simulatedProcess(name: string, director: Director, rules: CallRules): SimulatedProcess {
  const startedAt = director.now()
  const mourners: (() => void)[] = []
  let dead = false
  let suspendedUntil = 0

  const never = <T>(): Promise<T> => new Promise<T>(() => undefined)

  const process: SimulatedProcess = {
    name,
    get dead() {
      return dead
    },
    get suspendedUntil() {
      return suspendedUntil
    },
    clock: {
      now: () => director.now(),
      monotonic: () => director.now() - startedAt,
      sleep: (delayMs, signal) => {
        if (dead) return never()
        return new Promise((resolve, reject) => {
          if (signal?.aborted) return reject(signal.reason)
          const onAbort = (): void => {
            callOff()
            signal?.removeEventListener('abort', onAbort)
            reject(signal?.reason)
          }
          const callOff = director.holdUntil(director.now() + Math.max(0, delayMs), process, 'wakes up', () => {
            signal?.removeEventListener('abort', onAbort)
            resolve()
          })
          signal?.addEventListener('abort', onAbort, { once: true })
        })
      },
    },

    call: (about, invoke, arrived) => {
      if (dead) return never()
      return new Promise((resolve, reject) => {
        const call: Call = { process, ...about }
        const label = `${about.port}.${about.method}`

        const answer = (deliver: () => void): void => {
          if (dead) return
          if (rules.slowAnswer(call)) director.hold(process, `${label} answers`, deliver)
          else deliver()
        }
        const arrive = (fate: Fate): void => {
          const after = (deliver: () => void): void => {
            if (fate.kind === 'crash') process.die()
            else if (fate.kind === 'fail') answer(() => reject(fate.error))
            else answer(deliver)
          }
          invoke().then(
            (value) => {
              arrived?.({ value })
              after(() => resolve(value))
            },
            (error: unknown) => {
              arrived?.({ error })
              after(() => reject(error))
            },
          )
        }
        const begin = (): void => {
          const fate = rules.fate(call)
          if (fate.kind === 'stall') director.holdUntil(director.now() + fate.ms, process, label, () => arrive(GO))
          else if (fate.kind === 'go' || fate.when === 'after') arrive(fate)
          else if (fate.kind === 'crash') process.die()
          else answer(() => reject(fate.error))
        }
        director.hold(process, label, begin)
      })
    },

    hear: (changes, isLost) => {
      const onTheWay = new Set<string>()
      const heard = new Subject<LedgerChange>()
      const subscription = changes.subscribe((change) => {
        const key = change.kind === 'work' ? 'work' : `status ${change.runId}`
        if (dead || onTheWay.has(key) || isLost()) return
        onTheWay.add(key)
        director.hold(process, `hears of ${key}`, () => {
          onTheWay.delete(key)
          heard.next(change)
        })
      })
      mourners.push(() => subscription.unsubscribe())
      return heard.asObservable()
    },

    suspend: (until) => {
      suspendedUntil = Math.max(suspendedUntil, until)
    },
    die: () => {
      if (dead) return
      dead = true
      for (const mourn of mourners.splice(0)) mourn()
    },
    onDeath: (listener) => {
      if (dead) listener()
      else mourners.push(listener)
    },
  }
  return process
}

const GO: Fate = { kind: 'go' }
