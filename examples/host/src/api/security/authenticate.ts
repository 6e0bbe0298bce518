import { createHash, timingSafeEqual } from 'node:crypto'
import type { Api, Caller } from '../api.ts'
import type { Route, RouteRole } from '../contract/route.ts'
import { Refusal } from '../refusal.ts'
import { isOwnToken, readToken } from './tokens.ts'
import { findTenant, findUser } from './users.ts'

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
  const caller = token === undefined ? undefined : ((await vouchedFor(api, token)) ?? (await ownUser(api, token)))
  if (!caller) {
    throw new Refusal('UNAUTHENTICATED', 'Failed to tell who asks: the token is missing, over or unknown. Log in.')
  }
  if (tenantId !== undefined && tenantId !== caller.tenantId) throw unknownTenant(tenantId)
  return caller
}

/** Whom the identity provider vouches for; undefined when there is none, or the token says that it is ours. */
async function vouchedFor({ db, identityProvider }: Api, token: string): Promise<Caller | undefined> {
  if (!identityProvider || isOwnToken(token)) return undefined
  const vouched = await identityProvider(token)
  const { tenantId, role, email: actor } = vouched
  if (await findTenant(db, tenantId)) return { tenantId, role, actor, userId: null, vouched }
  throw new Refusal('UNAUTHENTICATED', 'Failed to tell who asks: the token is of a tenant that is not here. Log in.')
}

async function ownUser({ db, tokenKey }: Api, token: string): Promise<Caller | undefined> {
  const claims = await readToken(tokenKey, token)
  const user = claims && (await findUser(db, claims.tenant_id, Number(claims.sub)))
  if (!claims || !user?.active || !user.tenantActive || user.epoch !== claims.epoch) return undefined
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
  if (!(await findTenant(api.db, tenantId))) throw unknownTenant(tenantId)
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
