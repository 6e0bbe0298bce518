import { createHash, timingSafeEqual } from 'node:crypto'
import { listTenants } from '@millrace/sink-postgres'
import type { Api, Caller } from '../api.ts'
import type { Route, RouteRole } from '../contract/route.ts'
import { Refusal } from '../refusal.ts'
import { readToken } from './tokens.ts'
import { findUser } from './users.ts'

const RANKS: { readonly [role in RouteRole]: number } = { public: 0, user: 1, operator: 2, admin: 3, internal: 4 }

export interface Credentials {
  readonly authorization: string | undefined
  /** The key of services. */
  readonly internalAuth: string | undefined
  /** The tenant that the request names. */
  readonly tenantId: number | undefined
}

/** Routes about tenants, which a service may call without naming one. */
const NAMES_NO_TENANT: readonly string[] = ['/app/etl/tenants', '/app/etl/tenants/:id']

/**
 * Who asks, and whether they may.
 *
 * @throws Refusal: 401 without good credentials; 404 for another tenant, as if it did not exist; 403 for a lesser role
 */
export async function authenticate(
  api: Api,
  internalKey: string | undefined,
  route: Pick<Route, 'path' | 'role'>,
  given: Credentials,
): Promise<Caller> {
  const caller =
    given.internalAuth === undefined
      ? await userOf(api, given)
      : await serviceOf(api, internalKey, route, given, given.internalAuth)
  if (RANKS[caller.role] >= RANKS[route.role]) return caller
  throw new Refusal(
    'WRONG_ROLE',
    `Failed to do this as ${caller.role}: it takes the role ${route.role}. Ask an admin of your tenant.`,
  )
}

async function userOf(api: Api, { authorization, tenantId }: Credentials): Promise<Caller> {
  const token = authorization?.match(/^Bearer (\S+)$/i)?.[1]
  const claims = token === undefined ? undefined : await readToken(api.tokenKey, token)
  const user = claims && (await findUser(api.db, claims.tenant_id, Number(claims.sub)))
  if (!claims || !user?.active || !user.tenantActive || user.epoch !== claims.epoch) {
    throw new Refusal('UNAUTHENTICATED', 'Failed to tell who asks: the token is missing, over or unknown. Log in.')
  }
  if (tenantId !== undefined && tenantId !== claims.tenant_id) throw unknownTenant(tenantId)
  return { tenantId: claims.tenant_id, role: user.role, actor: user.email, userId: user.id }
}

async function serviceOf(
  api: Api,
  internalKey: string | undefined,
  route: Pick<Route, 'path'>,
  { tenantId }: Credentials,
  given: string,
): Promise<Caller> {
  if (internalKey === undefined || !isSame(given, internalKey)) {
    throw new Refusal('UNAUTHENTICATED', 'Failed to tell who asks: the key of X-Internal-Auth is not ours.')
  }
  const service = { role: 'internal', actor: 'service', userId: null } as const
  if (tenantId === undefined) {
    if (NAMES_NO_TENANT.includes(route.path)) return { ...service, tenantId: 0 }
    throw new Refusal('BAD_REQUEST', 'Failed to tell whom this is about: services name the tenant, as ?tenant_id=1.')
  }
  const known = (await listTenants(api.db)).some(({ id, active }) => id === tenantId && active)
  if (!known) throw unknownTenant(tenantId)
  return { ...service, tenantId }
}

function unknownTenant(tenantId: number): Refusal {
  return new Refusal('UNKNOWN_ROUTE', `Failed to find tenant ${tenantId}: there is none of that number.`)
}

/** Digests are of equal length, so neither content nor length can be guessed by the time that it takes. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(wanted))
}
