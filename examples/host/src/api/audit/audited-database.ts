import { AsyncLocalStorage } from 'node:async_hooks'
import { type Database, recordAction, type Tx, tenant } from '@millrace/sink-postgres'
import type { AuditEntry } from './audit-entry.ts'

interface Recording {
  readonly entry: AuditEntry
  done: boolean
}

const recordings = new AsyncLocalStorage<Recording>()

/** A transaction has a number once it has changed anything. */
const HAS_WRITTEN = 'SELECT pg_current_xact_id_if_assigned() IS NOT NULL AS wrote'

/**
 * A database whose transactions put on record what they are for: within `recorded`, the first one that changes anything of
 * the entry's tenant holds the entry too. So there is no change without its record, and no record of what was rolled back.
 */
export function auditedDatabase(db: Database): Database {
  const transaction: Database['transaction'] = async (access, work) => {
    const recording = recordings.getStore()
    const isMeant = access.as === 'app' && access.tenantId === recording?.entry.tenantId
    if (!recording || recording.done || !isMeant) return db.transaction(access, work)
    const { result, wrote } = await db.transaction(access, async (tx) => ({
      result: await work(tx),
      wrote: await recordIn(tx, recording.entry),
    }))
    if (wrote) recording.done = true
    return result
  }
  return {
    ...db,
    transaction,
    query<Row extends object>(access: Parameters<Database['query']>[0], text: string, values?: readonly unknown[]) {
      return transaction(access, (tx) => tx.query<Row>(text, values))
    },
  }
}

async function recordIn(tx: Tx, entry: AuditEntry): Promise<boolean> {
  const [found] = await tx.query<{ wrote: boolean }>(HAS_WRITTEN)
  if (found?.wrote) await recordAction(tx, entry)
  return found?.wrote ?? false
}

/**
 * Does something that is to be on record. What changes nothing of the tenant in a transaction of its own, such as an order to
 * workers, who serve all tenants, is recorded once it is done.
 */
export async function recorded<T>(db: Database, entry: AuditEntry | undefined, work: () => Promise<T>): Promise<T> {
  if (!entry) return work()
  const recording: Recording = { entry, done: false }
  const result = await recordings.run(recording, work)
  if (!recording.done) {
    recording.done = true
    await db.transaction(tenant(entry.tenantId), (tx) => recordAction(tx, entry))
  }
  return result
}

/** Begins something that outlives the request: what it changes later is not what was asked for. */
export function unrecorded<T>(work: () => T): T {
  return recordings.exit(work)
}
