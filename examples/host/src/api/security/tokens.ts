import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { decodeProtectedHeader, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import { USER_ROLES, type UserRole } from '../contract/route.ts'

const ISSUER = 'millrace'
const ALGORITHM = 'HS256'
const LIFETIME_MS = 12 * 3_600_000

const claims = z.object({
  sub: z.string(),
  tenant_id: z.int().positive(),
  role: z.enum(USER_ROLES),
  /** Of the user when the token was made: a user whose epoch is another one has ended it. */
  epoch: z.int(),
})
export type Claims = z.output<typeof claims>

/** What tokens are signed with, from the key of credentials: all processes have it, and a rotated key ends all tokens. */
export function tokenKeyFrom(secretKey: Uint8Array): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', secretKey, '', 'millrace access tokens', 32)))
}

export async function signToken(
  key: KeyObject,
  user: { readonly id: number; readonly tenantId: number; readonly role: UserRole; readonly epoch: number },
): Promise<{ readonly token: string; readonly expiresAt: Date }> {
  const expiresAt = new Date(Date.now() + LIFETIME_MS)
  const token = await new SignJWT({ tenant_id: user.tenantId, role: user.role, epoch: user.epoch })
    .setProtectedHeader({ alg: ALGORITHM })
    .setIssuer(ISSUER)
    .setSubject(String(user.id))
    .setIssuedAt()
    .setExpirationTime(expiresAt)
    .sign(key)
  return { token, expiresAt }
}

/** Whether a token says that it is signed with a shared key, as ours are; what is no token counts as ours. */
export function isOwnToken(token: string): boolean {
  try {
    return decodeProtectedHeader(token).alg === ALGORITHM
  } catch {
    return true
  }
}

/** The claims of a token that is ours and not over; undefined for any other text. */
export async function readToken(key: KeyObject, token: string): Promise<Claims | undefined> {
  try {
    const { payload } = await jwtVerify(token, key, { algorithms: [ALGORITHM], issuer: ISSUER })
    return claims.parse(payload)
  } catch {
    return undefined
  }
}
