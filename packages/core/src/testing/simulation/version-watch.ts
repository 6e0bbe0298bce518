import type { LoadBatch } from '../../load/load-batch.ts'

/** Follows which version of each row was written last, and notices when time goes backward. */
export interface VersionWatch {
  /** A load did its work in a transaction of which nobody may ever learn whether it is committed. */
  onLoaded(changed: LoadBatch): void
  /** Takes in what a committed load really changed. Returns what is wrong with it, if anything. */
  onCommitted(changed: LoadBatch): string | undefined
}

export function versionWatch(): VersionWatch {
  const written = new Map<string, number>()
  return {
    // After a deletion, and in a full sync, the order of requests decides: whatever comes next is right.
    onLoaded: ({ fullSync, loads }) => {
      for (const { entity, upserts, deletes } of loads) {
        for (const { key } of fullSync ? [...upserts, ...deletes] : deletes) written.delete(`${entity.name}/${key}`)
      }
    },
    onCommitted: ({ loads }) => {
      let wrong: string | undefined
      for (const { entity, upserts, deletes } of loads) {
        for (const { key } of deletes) written.delete(`${entity.name}/${key}`)
        for (const { key, version, values } of upserts) {
          if (version.at === null) continue
          const name = `${entity.name}/${key}`
          const at = version.at.getTime()
          const before = written.get(name)
          if (before !== undefined && before > at) {
            wrong ??= `${entity.name} ${String(values.external_id)} goes back from ${iso(before)} to ${iso(at)}`
          }
          written.set(name, at)
        }
      }
      return wrong
    },
  }
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
