import type { Tx } from '../database/database.ts'
import { toJsonb } from '../ledger/to-jsonb.ts'

/** Who does something that is worth remembering. */
export interface Actor {
  /** A user's address, or the name of a program and its account. */
  readonly actor: string
  /** Why, in the actor's words. */
  readonly reason?: string
}

/** $1 tenant · $2 actor · $3 action · $4 object type · $5 object id · $6 details */
const RECORD = `
  INSERT INTO audit_log (tenant_id, actor, action, object_type, object_id, details) VALUES ($1, $2, $3, $4, $5, $6::jsonb)`

/** Puts on record what a person did, in the transaction that does it. */
export async function recordAction(
  tx: Tx,
  entry: Actor & {
    readonly tenantId: number
    readonly action: string
    readonly objectType: string
    readonly objectId: number | string | null
    readonly details?: object
  },
): Promise<void> {
  const details = { ...entry.details, ...(entry.reason !== undefined && { reason: entry.reason }) }
  const objectId = entry.objectId === null ? null : String(entry.objectId)
  await tx.execute(RECORD, [entry.tenantId, entry.actor, entry.action, entry.objectType, objectId, toJsonb(details)])
}
