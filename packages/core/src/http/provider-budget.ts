import pLimit from 'p-limit'
import type { Quota } from '../ports/budget.ts'
import type { NamedQuota } from './quota-hint.ts'

/** What all requests of one process to one account at a provider share; pass the same one to each `createFetch`. */
export interface ProviderBudget {
  /** Runs a task when one of the places is free. */
  run<T>(task: () => Promise<T>): Promise<T>
  /** Nobody sends a request before this time (milliseconds since the epoch). Only ever grows. Resolves when others know. */
  block(untilMs: number): Promise<void>
  /** Milliseconds since the epoch; 0 when nothing was ever blocked. */
  blockedUntil(): number
  /**
   * What the provider says it will still answer. With nothing left, nobody sends a request before it counts anew. Of an
   * account that has several quotas, the one that was named first is kept; the others show by refusals.
   */
  observe(quota: NamedQuota): Promise<void>
  /** Takes the point that a request costs. Resolves at once where the provider named no quota, or this process has points. */
  spend(nowMs: number): Promise<void>
}

/** The part of a budget that processes share; it must not reject. */
export interface SharedPoints {
  block(until: Date): Promise<void>
  /** @returns how many points may be spent; with none, until when nobody may is known from the quota */
  draw(request: { readonly points: number; readonly quota: Quota }): Promise<number>
}

/** Requests at once per account by default; Atlassian advises 5 to 10. */
const DEFAULT_CONCURRENCY = 8
/** Points drawn at once: a small part of what is left, so that no process sits on what others need. */
const LARGEST_DRAW = 50
const SHARE_OF_A_DRAW = 1 / 20

export function createProviderBudget(
  options: {
    /** @default 8 */
    readonly concurrency?: number
    /** @default none: the process is on its own, and draws from nobody */
    readonly shared?: SharedPoints
  } = {},
): ProviderBudget {
  const { concurrency = DEFAULT_CONCURRENCY, shared } = options
  const limit = pLimit(concurrency)
  let blockedUntil = 0
  let quota: NamedQuota | undefined
  let points = 0
  let drawing: Promise<void> | undefined

  const block = async (untilMs: number): Promise<void> => {
    if (untilMs <= blockedUntil) return
    blockedUntil = untilMs
    await shared?.block(new Date(untilMs))
  }

  const draw = async (from: Quota): Promise<void> => {
    const wanted = Math.max(1, Math.min(LARGEST_DRAW, Math.floor(from.remaining * SHARE_OF_A_DRAW)))
    points = (await shared?.draw({ points: wanted, quota: from })) ?? wanted
    if (points === 0) blockedUntil = Math.max(blockedUntil, from.resetsAt.getTime())
  }

  return {
    run: (task) => limit(task),
    block,
    blockedUntil: () => blockedUntil,
    observe: async (observed) => {
      if (quota && quota.resource !== observed.resource) return
      // Points of a window that ended are worth nothing in the next one.
      if (quota && quota.resetsAt < observed.resetsAt && observed.remaining > quota.remaining) points = 0
      quota = observed
      if (observed.remaining <= 0) await block(observed.resetsAt.getTime())
    },
    spend: async (nowMs) => {
      while (shared && quota && quota.resetsAt.getTime() > nowMs && blockedUntil <= nowMs) {
        if (points > 0) {
          points -= 1
          return
        }
        drawing ??= draw(quota).finally(() => {
          drawing = undefined
        })
        await drawing
      }
    },
  }
}
