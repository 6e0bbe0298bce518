import { randomBytes } from 'node:crypto'
import { type Database, listTenants, seedTenant } from '@millrace/sink-postgres'
import { hashPassword } from './passwords.ts'
import { hasUsers, insertUser } from './users.ts'

export const FIRST_ADMIN = 'admin@millrace.local'
const PASSWORD_BYTES = 15
const FIRST_TENANT = 'Default'

/**
 * Where nobody can log in yet, makes an admin of the first tenant, which is made too if there is none. Of several processes
 * that start at once, one does.
 *
 * @param password @default a random one
 * @returns the password, to be shown this once; undefined when there are users
 */
export async function ensureFirstAdmin(
  db: Database,
  password = randomBytes(PASSWORD_BYTES).toString('base64url'),
): Promise<string | undefined> {
  if (await hasUsers(db)) return undefined
  const first = (await listTenants(db)).find(({ active }) => active)
  const tenantId = first?.id ?? (await seedTenant(db, { name: FIRST_TENANT }))
  const hash = await hashPassword(password)
  const user = { email: FIRST_ADMIN, displayName: null, role: 'admin', hash } as const
  return (await insertUser(db, tenantId, user)) ? password : undefined
}
