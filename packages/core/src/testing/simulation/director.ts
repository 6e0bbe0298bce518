import { nextTurn } from '../../system/next-turn.ts'
import type { Dice } from './dice.ts'

/** Whoever events belong to: a simulated process. Events of the dead never happen; those of a sleeper happen later. */
export interface Actor {
  readonly name: string
  readonly dead: boolean
  /** Until then (virtual milliseconds) the process stands still, as a machine that is suspended does. */
  readonly suspendedUntil: number
}

interface Held {
  readonly actor: Actor
  readonly label: string
  readonly happen: () => void
  /** Not before then. */
  readonly at: number
  calledOff: boolean
}

/**
 * Decides what happens next. Everything that is under way in a simulated world waits here, held back: a call on its way
 * to a port, an answer on its way back, the end of a sleep. One at a time is let go, chosen by chance, and what it sets
 * off runs to its end before the next one is chosen. So a seed decides every interleaving, and replays it.
 */
export interface Director {
  /** Virtual milliseconds since the epoch. */
  now(): number
  /** Something that may happen from now on; the director decides when. Returns what takes it back. */
  hold(actor: Actor, label: string, happen: () => void): () => void
  /** Something that may happen from a time on. */
  holdUntil(at: number, actor: Actor, label: string, happen: () => void): () => void
  /** One of several, by chance: for a store in which somebody has to wait. */
  choose<Item>(items: readonly Item[]): Item
  /** Real work outside of this thread that the next choice must wait for: a statement of a real database. */
  busy(): () => void
  /** Lets one thing happen. False when nothing is left that ever could. */
  step(): Promise<boolean>
  /** Resolves when everything that was set off has run. */
  quiet(): Promise<void>
  /** Moves time to the next thing that is due, although something could happen now: those calls are slow. */
  skipTime(): void
  /** Steps so far. */
  readonly steps: number
}

export interface DirectorOptions {
  readonly dice: Dice
  /** Virtual milliseconds since the epoch. */
  readonly startAt: number
  /** Nothing is done in no time: each step takes up to this long. */
  readonly longestStepMs: number
  readonly onStep: (label: string, actor: Actor) => void
}

export function director({ dice, startAt, longestStepMs, onStep }: DirectorOptions): Director {
  const ready: Held[] = []
  const later = new Set<Held>()
  let now = startAt
  let steps = 0
  let underWay = 0
  let wake: () => void = () => undefined

  const quiet = async (): Promise<void> => {
    for (;;) {
      await nextTurn()
      if (underWay === 0) return
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }

  const holdUntil: Director['holdUntil'] = (at, actor, label, happen) => {
    const held: Held = { at, actor, label, happen, calledOff: false }
    if (at > now) later.add(held)
    else ready.push(held)
    return () => {
      held.calledOff = true
    }
  }

  const dueAt = ({ at, actor }: Held): number => Math.max(at, actor.suspendedUntil)

  /** Moves time to what is due next, and makes everything ready that is due then. */
  const advance = (): boolean => {
    let next = Number.POSITIVE_INFINITY
    for (const timed of later) {
      if (timed.actor.dead || timed.calledOff) later.delete(timed)
      else next = Math.min(next, dueAt(timed))
    }
    if (next === Number.POSITIVE_INFINITY) return false
    now = Math.max(now, next)
    collectDue()
    return true
  }

  /** Makes everything ready that is due by now. */
  const collectDue = (): void => {
    for (const held of later) {
      if (held.actor.dead || held.calledOff) later.delete(held)
      else if (dueAt(held) <= now) {
        later.delete(held)
        ready.push(held)
      }
    }
  }

  /** Takes one of the things that can happen. */
  const take = (): Held | undefined => {
    while (ready.length > 0) {
      const index = dice.between(0, ready.length - 1)
      const [held] = ready.splice(index, 1)
      if (!held || held.actor.dead || held.calledOff) continue
      if (held.actor.suspendedUntil <= now) return held
      later.add(held)
    }
    return undefined
  }

  return {
    now: () => now,
    hold: (actor, label, happen) => holdUntil(now, actor, label, happen),
    holdUntil,
    choose: dice.pick,
    busy: () => {
      underWay += 1
      let over = false
      return () => {
        if (over) return
        over = true
        underWay -= 1
        if (underWay === 0) wake()
      }
    },
    quiet,
    skipTime: () => void advance(),
    async step() {
      await quiet()
      now += dice.between(0, longestStepMs)
      collectDue()
      for (;;) {
        const held = take()
        if (held) {
          steps += 1
          onStep(held.label, held.actor)
          held.happen()
          return true
        }
        if (!advance()) return false
      }
    },
    get steps() {
      return steps
    },
  }
}
