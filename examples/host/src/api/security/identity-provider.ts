import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { USER_ROLES, type UserRole } from '../contract/route.ts'
import { idText } from '../contract/scalars.ts'
import { Refusal } from '../refusal.ts'

/** Somebody else who says who people are: tokens signed with its keys are let in. */
export interface IdentityProviderOptions {
  /** Where its public keys are, as a JSON Web Key Set (RFC 7517). */
  readonly jwksUrl: string
  /** What `iss` must be. */
  readonly issuer: string
  /** What `aud` must be or hold. */
  readonly audience: string
  /** The claim with the tenant's number: its name, or a path to it as `millrace.tenant`. */
  readonly tenantClaim: string
  /** The claim with the role or a list of them, of which the highest that is known counts. */
  readonly roleClaim: string
  /** How far its clock may be off. */
  readonly clockToleranceSeconds: number
}

/** Whom an identity provider vouches for. */
export interface VouchedUser {
  readonly tenantId: number
  readonly role: UserRole
  /** Their address where the provider tells it, otherwise what it knows them by. */
  readonly email: string
  readonly displayName: string | null
}

/**
 * Reads a token of the provider.
 *
 * @throws Refusal: 401 when it is none, or over, or does not say what it must; 503 when the provider's keys cannot be had
 */
export type IdentityProvider = (token: string) => Promise<VouchedUser>

/** Those with a public key: with a shared one, whoever may check a token could make it. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']
const TIMEOUT_MS = 5_000
/** Keys that the provider withdrew are good for so long. */
const KEPT_MS = 600_000
/** A token that names an unknown key has the keys fetched anew, at most so often. */
const COOLDOWN_MS = 30_000

/** @param options.cooldownMs how long after keys were fetched an unknown one has them fetched again. @default 30_000 */
export function identityProvider(
  options: IdentityProviderOptions & { readonly cooldownMs?: number },
): IdentityProvider {
  const { jwksUrl, issuer, audience, clockToleranceSeconds, cooldownMs = COOLDOWN_MS } = options
  const keys = createRemoteJWKSet(new URL(jwksUrl), {
    timeoutDuration: TIMEOUT_MS,
    cacheMaxAge: KEPT_MS,
    cooldownDuration: cooldownMs,
  })
  const keyOf: JWTVerifyGetKey = async (header, token) => {
    try {
      return await keys(header, token)
    } catch (error) {
      if (UNKNOWN_KEY.some((known) => error instanceof known)) throw error
      throw new Refusal(
        'IDENTITY_UNAVAILABLE',
        'Failed to tell who asks: the keys of the identity provider cannot be had. Try again in a moment.',
      )
    }
  }
  const verified = { algorithms: ALGORITHMS, issuer, audience, requiredClaims: ['exp', 'sub'] }
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keyOf, { ...verified, clockTolerance: clockToleranceSeconds })
      return vouchedUser(payload, options)
    } catch (error) {
      if (error instanceof Refusal) throw error
      throw refused(reasonOf(error))
    }
  }
}

const UNKNOWN_KEY = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported]

function vouchedUser(claims: JWTPayload, { tenantClaim, roleClaim }: IdentityProviderOptions): VouchedUser {
  const tenant = String(claimOf(claims, tenantClaim))
  const tenantId = idText.safeParse(tenant)
  if (!tenantId.success || !/^\d+$/.test(tenant))
    throw refused(`its claim ${tenantClaim} names no tenant by its number`)
  const named = [claimOf(claims, roleClaim)].flat()
  const role = USER_ROLES.findLast((known) => named.includes(known))
  if (!role) throw refused(`its claim ${roleClaim} names none of the roles ${USER_ROLES.join(', ')}`)
  const text = (name: string): string | null => {
    const value = claims[name]
    return typeof value === 'string' && value.trim() !== '' ? value : null
  }
  return { tenantId: tenantId.data, role, email: text('email') ?? String(claims.sub), displayName: text('name') }
}

/** Some providers put a claim inside of another, and some have a dot in its name. */
function claimOf(claims: JWTPayload, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name]
  let inside: unknown = claims
  for (const part of name.split('.')) {
    if (typeof inside !== 'object' || inside === null || !Object.hasOwn(inside, part)) return undefined
    inside = (inside as { readonly [part: string]: unknown })[part]
  }
  return inside
}

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'it is over'
  if (error instanceof errors.JWTClaimValidationFailed) return `its claim ${error.claim} is missing or another`
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature is wrong'
  if (UNKNOWN_KEY.some((known) => error instanceof known)) return 'the identity provider has no such key'
  return 'it is none of the identity provider'
}

function refused(reason: string): Refusal {
  return new Refusal('UNAUTHENTICATED', `Failed to tell who asks: the token is refused, because ${reason}. Log in.`)
}
