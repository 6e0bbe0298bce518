import { isIP } from 'node:net'
import { z } from 'zod'
import type { IdentityProviderOptions } from '../api/security/identity-provider.ts'

/** Keys that come over a network unprotected may be anybody's. */
function isSafe(text: string): boolean {
  const { protocol, hostname } = new URL(text)
  const bare = hostname.replace(/^\[|\]$/g, '')
  return (
    protocol === 'https:' || bare === 'localhost' || (isIP(bare) > 0 && (bare.startsWith('127.') || bare === '::1'))
  )
}

const filled = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((text) => (text === '' ? undefined : text), schema.optional())
const url = z.url({ protocol: /^https?$/, error: 'must look like https://id.example.com/jwks', abort: true })

const variables = z.object({
  MILLRACE_JWKS_URL: filled(url.refine(isSafe, 'must begin with https://, unless it is of this machine')),
  MILLRACE_JWT_ISSUER: filled(z.string()),
  MILLRACE_JWT_AUDIENCE: filled(z.string()),
  MILLRACE_JWT_TENANT_CLAIM: filled(z.string()),
  MILLRACE_JWT_ROLE_CLAIM: filled(z.string()),
  MILLRACE_JWT_CLOCK_TOLERANCE: filled(
    z.coerce
      .number<string>('must be a whole number of seconds from 0 to 300')
      .int('must be a whole number of seconds from 0 to 300')
      .min(0, 'must be a whole number of seconds from 0 to 300')
      .max(300, 'must be a whole number of seconds from 0 to 300'),
  ),
})

const ISSUER_AND_AUDIENCE = ['MILLRACE_JWT_ISSUER', 'MILLRACE_JWT_AUDIENCE'] as const
const CLOCK_TOLERANCE_SECONDS = 30

export type IdentityProviderChoice =
  | { readonly identityProvider: IdentityProviderOptions | undefined }
  | { readonly mistakes: readonly string[] }

/** Reads which identity provider vouches for users besides ours, if one does, or what is wrong with what was said. */
export function readIdentityProvider(environment: {
  readonly [name: string]: string | undefined
}): IdentityProviderChoice {
  const parsed = variables.safeParse(environment)
  if (!parsed.success) {
    return { mistakes: parsed.error.issues.map(({ path, message }) => `${String(path[0])} ${message}`) }
  }
  const { MILLRACE_JWKS_URL: jwksUrl, ...given } = parsed.data
  if (jwksUrl === undefined) {
    const [name] = Object.entries(given).find(([, value]) => value !== undefined) ?? []
    if (name === undefined) return { identityProvider: undefined }
    return { mistakes: [`MILLRACE_JWKS_URL must be given, because ${name} is`] }
  }
  const { MILLRACE_JWT_ISSUER: issuer, MILLRACE_JWT_AUDIENCE: audience } = given
  if (issuer === undefined || audience === undefined) {
    const missing = ISSUER_AND_AUDIENCE.filter((name) => given[name] === undefined)
    return { mistakes: missing.map((name) => `${name} must be given, because MILLRACE_JWKS_URL is`) }
  }
  const identityProvider = {
    jwksUrl,
    issuer,
    audience,
    tenantClaim: given.MILLRACE_JWT_TENANT_CLAIM ?? 'tenant_id',
    roleClaim: given.MILLRACE_JWT_ROLE_CLAIM ?? 'role',
    clockToleranceSeconds: given.MILLRACE_JWT_CLOCK_TOLERANCE ?? CLOCK_TOLERANCE_SECONDS,
  }
  return { identityProvider }
}
