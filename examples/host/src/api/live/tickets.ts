import { createHash, randomBytes } from 'node:crypto'
import { type Database, tenant } from '@millrace/sink-postgres'

const TICKET_BYTES = 32

/** Old ones go with every new one. $1 digest · $2 tenant */
const ISSUE = `
  WITH old AS (DELETE FROM tickets WHERE expires_at < millrace_now())
  INSERT INTO tickets (digest, tenant_id, expires_at) VALUES ($1, $2, millrace_now() + interval '30 seconds')
  RETURNING expires_at AS "expiresAt"`

/** $1 digest */
const REDEEM = 'DELETE FROM tickets WHERE digest = $1 RETURNING expires_at > millrace_now() AS valid'

/** Makes a ticket that opens one connection of the tenant, at whichever process. */
export async function issueTicket(
  db: Database,
  tenantId: number,
): Promise<{ readonly ticket: string; readonly expiresAt: Date }> {
  const ticket = randomBytes(TICKET_BYTES).toString('base64url')
  const [issued] = await db.query<{ expiresAt: Date }>(tenant(tenantId), ISSUE, [digestOf(ticket), tenantId])
  return { ticket, expiresAt: issued?.expiresAt ?? new Date(0) }
}

/** Uses a ticket up. @returns whether it was one of this tenant, and in time */
export async function redeemTicket(db: Database, tenantId: number, ticket: string): Promise<boolean> {
  const [redeemed] = await db.query<{ valid: boolean }>(tenant(tenantId), REDEEM, [digestOf(ticket)])
  return redeemed?.valid ?? false
}

function digestOf(ticket: string): Buffer {
  return createHash('sha256').update(ticket).digest()
}
