import type { Lease } from '../ports/ledger.ts'

/**
 * Keeps a suspect row apart from what else a process does: whoever takes its process down shall do so alone. While a
 * suspect row waits to be alone, and while it is worked on without progress, nothing more is taken; what is delivered all the same is
 * handed back. Whatever was at work before ends by itself, since deliveries are bounded. If it takes the process down instead,
 * the suspect row is not to blame: it is lost beside others, which costs it no attempt (`Ledger.sweep`).
 */
export interface Quarantine {
  /** Whether nothing may be taken. */
  isClosed(): boolean
  /** What a claim brings is held from the moment on at which it may be leased, until it is released. */
  claiming(claim: () => Promise<readonly Lease[]>): Promise<readonly Lease[]>
  /** What is to be done with a row that was delivered. Whatever it is, the row is held until it is released. */
  admit(lease: Lease): 'work' | 'work alone' | 'hand back'
  isAlone(): boolean
  /** Resolves when the suspect row is the only one that this process holds, or is released. */
  untilAlone(): Promise<void>
  /** Resolves when rows may be taken again. */
  untilOpen(): Promise<void>
  /** The row made progress: it is suspect no more, and need not be alone. It is held until it is released. */
  absolve(lease: Lease): void
  /** The row is done, or lost, or handed back. */
  release(lease: Lease): void
}

export function quarantine(): Quarantine {
  /** Leased rows, and claims under way, which may have leased some. */
  const held = new Set<object>()
  let suspect: Lease | undefined
  let alone = Promise.withResolvers<void>()
  let open = Promise.withResolvers<void>()

  const isAlone = (): boolean => suspect !== undefined && held.size === 1 && held.has(suspect)
  const absolve = (thing: object): void => {
    if (thing !== suspect) return
    suspect = undefined
    alone.resolve()
    open.resolve()
  }
  const letGo = (thing: object): void => {
    held.delete(thing)
    absolve(thing)
    if (isAlone()) alone.resolve()
  }

  return {
    isClosed: () => suspect !== undefined,
    claiming: async (claim) => {
      held.add(claim)
      try {
        const leases = await claim()
        for (const lease of leases) held.add(lease)
        return leases
      } finally {
        letGo(claim)
      }
    },
    admit: (lease) => {
      held.add(lease)
      if (suspect !== undefined) return 'hand back'
      if (!lease.suspect) return 'work'
      suspect = lease
      alone = Promise.withResolvers()
      open = Promise.withResolvers()
      return 'work alone'
    },
    isAlone,
    untilAlone: async () => {
      if (suspect !== undefined && !isAlone()) await alone.promise
    },
    untilOpen: async () => {
      if (suspect !== undefined) await open.promise
    },
    absolve,
    release: letGo,
  }
}
