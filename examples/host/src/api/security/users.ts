import { type Database, ENGINE, tenant } from '@millrace/sink-postgres'
import type { UserRole } from '../contract/route.ts'

export interface UserFacts {
  readonly id: number
  readonly email: string
  readonly displayName: string | null
  readonly role: UserRole
  readonly active: boolean
  readonly createdAt: Date
  readonly lastUpdatedAt: Date
}

/** A user with what tells whether a login or a token is good. */
export interface UserSecrets extends UserFacts {
  readonly passwordHash: string | null
  readonly epoch: number
  readonly tenantName: string
  readonly tenantLogo: string | null
  readonly tenantActive: boolean
}

export interface TenantFacts {
  readonly name: string
  readonly logo: string | null
}

/** $1 tenant */
const FIND_TENANT = 'SELECT name, logo_filename AS logo FROM tenants WHERE id = $1 AND active'

const COLUMNS = `
  u.id, u.email, u.display_name AS "displayName", u.role, u.active, u.created_at AS "createdAt",
  u.last_updated_at AS "lastUpdatedAt"`

const LIST = `SELECT ${COLUMNS} FROM users u ORDER BY lower(u.email)`

/** $1 user */
const FIND = `
  SELECT ${COLUMNS}, u.password_hash AS "passwordHash", u.token_epoch AS epoch, t.name AS "tenantName",
    t.logo_filename AS "tenantLogo", t.active AS "tenantActive"
    FROM users u JOIN tenants t ON t.id = u.tenant_id WHERE u.id = $1`

/** Whose address this is, of whichever tenant. $1 e-mail · $2 the tenant's name, or null */
const LOCATE = `
  SELECT u.id, u.tenant_id AS "tenantId" FROM users u JOIN tenants t ON t.id = u.tenant_id
   WHERE lower(u.email) = lower($1) AND u.active AND t.active AND ($2::text IS NULL OR t.name = $2) LIMIT 2`

/** $1 tenant · $2 e-mail · $3 display name · $4 role · $5 password hash */
const INSERT = `
  INSERT INTO users AS u (tenant_id, email, display_name, role, password_hash) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`

/** What is null stays; whoever gets another role, password or state has to log in again. $1 user · $2 whether the display
 * name is given · $3 display name · $4 role · $5 password hash · $6 active */
const UPDATE = `
  UPDATE users u SET
    display_name = CASE WHEN $2::boolean THEN $3 ELSE display_name END,
    role = coalesce($4, role),
    password_hash = coalesce($5, password_hash),
    active = coalesce($6::boolean, active),
    token_epoch = token_epoch + CASE WHEN num_nonnulls($4, $5, $6::text) > 0 THEN 1 ELSE 0 END,
    last_updated_at = millrace_now()
  WHERE id = $1 RETURNING ${COLUMNS}`

/** $1 user */
const END_TOKENS = 'UPDATE users SET token_epoch = token_epoch + 1 WHERE id = $1'
const REMOVE = 'DELETE FROM users WHERE id = $1'

/** Locked, so that of two admins who remove each other one stays. $1 user */
const OTHER_ADMINS = `SELECT id FROM users WHERE role = 'admin' AND active AND id <> $1 ORDER BY id FOR UPDATE`

const ANY_USER = 'SELECT id FROM users LIMIT 1'

/** A tenant that is switched on. @returns undefined when there is none of this number */
export async function findTenant(db: Database, tenantId: number): Promise<TenantFacts | undefined> {
  const [found] = await db.query<TenantFacts>(tenant(tenantId), FIND_TENANT, [tenantId])
  return found
}

export function listUsers(db: Database, tenantId: number): Promise<UserFacts[]> {
  return db.query<UserFacts>(tenant(tenantId), LIST)
}

export async function findUser(db: Database, tenantId: number, id: number): Promise<UserSecrets | undefined> {
  const [found] = await db.query<UserSecrets>(tenant(tenantId), FIND, [id])
  return found
}

/** The user of this address; undefined when nobody has it, or users of several tenants do and none was named. */
export async function locateUser(
  db: Database,
  email: string,
  tenantName: string | undefined,
): Promise<{ readonly tenantId: number; readonly user: UserSecrets } | undefined> {
  const found = await db.query<{ id: number; tenantId: number }>(ENGINE, LOCATE, [email, tenantName ?? null])
  const [only] = found
  if (!only || found.length > 1) return undefined
  const user = await findUser(db, only.tenantId, only.id)
  return user && { tenantId: only.tenantId, user }
}

/** @returns undefined when the tenant has a user of this address */
export async function insertUser(
  db: Database,
  tenantId: number,
  user: { readonly email: string; readonly displayName: string | null; readonly role: UserRole; readonly hash: string },
): Promise<UserFacts | undefined> {
  const values = [tenantId, user.email, user.displayName, user.role, user.hash]
  const [inserted] = await db.query<UserFacts>(tenant(tenantId), INSERT, values)
  return inserted
}

export interface UserChanges {
  readonly displayName?: string | null | undefined
  readonly role?: UserRole | undefined
  readonly hash?: string | undefined
  readonly active?: boolean | undefined
}

/** @returns the user; 'missing'; or 'last-admin' when nobody would be left who may do this */
export async function updateUser(
  db: Database,
  tenantId: number,
  id: number,
  { displayName, role, hash, active }: UserChanges,
): Promise<UserFacts | 'missing' | 'last-admin'> {
  return db.transaction(tenant(tenantId), async (tx) => {
    const demotes = active === false || (role !== undefined && role !== 'admin')
    const others = demotes ? await tx.query(OTHER_ADMINS, [id]) : []
    const [before] = await tx.query<UserSecrets>(FIND, [id])
    if (!before) return 'missing'
    if (demotes && before.role === 'admin' && before.active && others.length === 0) return 'last-admin'
    const values = [id, displayName !== undefined, displayName ?? null, role ?? null, hash ?? null, active ?? null]
    const [updated] = await tx.query<UserFacts>(UPDATE, values)
    return updated ?? 'missing'
  })
}

export async function removeUser(
  db: Database,
  tenantId: number,
  id: number,
): Promise<'removed' | 'missing' | 'last-admin'> {
  return db.transaction(tenant(tenantId), async (tx) => {
    const others = await tx.query(OTHER_ADMINS, [id])
    const [before] = await tx.query<UserSecrets>(FIND, [id])
    if (!before) return 'missing'
    if (before.role === 'admin' && before.active && others.length === 0) return 'last-admin'
    await tx.execute(REMOVE, [id])
    return 'removed'
  })
}

export async function endTokens(db: Database, tenantId: number, id: number): Promise<void> {
  await db.query(tenant(tenantId), END_TOKENS, [id])
}

/** Whether anybody can log in. */
export async function hasUsers(db: Database): Promise<boolean> {
  return (await db.query(ENGINE, ANY_USER)).length > 0
}
