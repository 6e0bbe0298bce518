import type { Lease, Ledger } from '../../ports/ledger.ts'
import { overridePort } from './override-port.ts'

/** Watches what processes hold when a record kills them: whoever did so before must do it alone. */
export interface KillerWatch {
  /** The ledger of one process, as that process sees it. */
  watch(ledger: Ledger): WatchedLedger
}

export interface WatchedLedger {
  readonly ledger: Ledger
  /** To be called when a record kills the process. Says what is wrong with that. */
  onKill(): string | undefined
}

export function killerWatch(): KillerWatch {
  /** Rows that such a death has made suspect. The ledger says so too; but it may be wrong. */
  const suspects = new Set<string>()
  const keyOf = ({ id, runId }: Lease): string => `${id} of run ${runId}`
  return {
    watch: (ledger) => {
      /** What the process knows that it holds: a claim or a commit that failed on its way is the work of another fault. */
      const held = new Map<number, Lease>()
      /** Rows whose progress is on its way: nobody here knows whether the ledger has heard of it, and blames them anew. */
      const progressing = new Set<number>()
      const isSuspect = (lease: Lease): boolean => suspects.has(keyOf(lease)) && !progressing.has(lease.id)
      return {
        ledger: overridePort(ledger, {
          claim: async (request) => {
            const leases = await ledger.claim(request)
            for (const lease of leases) held.set(lease.id, lease)
            return leases
          },
          commit: async (lease, commit) => {
            const { row } = commit
            const progress = 'cursor' in row && row.cursor !== undefined
            if (progress) progressing.add(lease.id)
            const outcome = await ledger
              .commit(lease, commit)
              .catch((error: unknown) => {
                held.delete(lease.id)
                throw error
              })
              .finally(() => progressing.delete(lease.id))
            if (outcome === 'fenced' || row.to !== 'leased') held.delete(lease.id)
            if (outcome === 'committed' && (progress || 'failure' in row)) suspects.delete(keyOf(lease))
            return outcome
          },
        }),
        onKill: () => {
          const rows = [...held.values()]
          const isFirstTime = rows.some((lease) => transforms(lease) && !isSuspect(lease))
          for (const lease of rows) if (!progressing.has(lease.id)) suspects.add(keyOf(lease))
          if (rows.length < 2) return undefined
          if (isFirstTime) return undefined
          const facts = rows.map(({ id, jobType, step }) => `row ${id} (${jobType} of ${step})`)
          return `a suspect row took its process down while it held ${facts.join(', ')}`
        },
      }
    },
  }
}

/** Pages are transformed in rows of their own, or by the unit that reads them. */
function transforms({ jobType }: Lease): boolean {
  return jobType === 'transform' || jobType === 'extract'
}
