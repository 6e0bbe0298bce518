import { SignJWT } from 'jose'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Refusal } from '../refusal.ts'
import {
  ANN,
  type IdentityProviderFixture,
  identityProviderFixture,
  type SigningKey,
  signingKey,
} from '../testing/identity-provider-fixture.ts'
import { type IdentityProviderOptions, identityProvider } from './identity-provider.ts'

let rsa: SigningKey
let elliptic: SigningKey
let site: IdentityProviderFixture
beforeAll(async () => {
  rsa = await signingKey('rsa')
  elliptic = await signingKey('elliptic', 'ES256')
})
beforeEach(async () => {
  site = await identityProviderFixture(rsa, elliptic)
})
afterEach(() => site[Symbol.asyncDispose]())

const token: IdentityProviderFixture['token'] = (...given) => site.token(...given)
const provider = (options: Partial<IdentityProviderOptions & { cooldownMs: number }> = {}) =>
  identityProvider({ ...site.options, ...options })

/** The refusal of whatever is rejected. */
async function refusal(reading: Promise<unknown>): Promise<{ readonly status: number; readonly message: string }> {
  const error = await reading.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof Refusal)) throw new Error(`It was no refusal: ${String(error)}`)
  return { status: error.status, message: error.message }
}

test('tokens signed by either kind of key are read, and keys are fetched once', async () => {
  const read = provider()
  const ann = { tenantId: 7, role: 'operator', email: 'ann@example.com', displayName: 'Ann' }
  expect(await read(await token(rsa))).toEqual(ann)
  expect(await read(await token(elliptic))).toEqual(ann)
  expect(site.fetched()).toBe(1)
})

test('a tenant may be text, roles a list, claims nested or with dots in their names, and an address missing', async () => {
  const nobody = { role: undefined, tenant_id: undefined, email: undefined, name: undefined }
  const nested = { aud: ['millrace', 'other'], realm: { roles: ['user', 'admin', 'cook'] } }
  const claims = { ...nobody, ...nested, 'https://example.com/tenant': '12' }
  const read = provider({ tenantClaim: 'https://example.com/tenant', roleClaim: 'realm.roles' })
  expect(await read(await token(rsa, claims))).toEqual({ tenantId: 12, role: 'admin', email: 'u-1', displayName: null })
})

describe('a token is refused, and it is said why', () => {
  test.each<[string, { readonly [claim: string]: unknown }, RegExp]>([
    ['of another issuer', { iss: 'https://elsewhere.example.com/' }, /claim iss /],
    ['for another audience', { aud: 'another' }, /claim aud /],
    ['that never ends', { exp: undefined }, /claim exp /],
    ['that is not good yet', { nbf: Math.floor(Date.now() / 1_000) + 3_600 }, /claim nbf /],
    ['of nobody', { sub: undefined }, /claim sub /],
    ['without a tenant', { tenant_id: undefined }, /claim tenant_id /],
    ['of a tenant with a name', { tenant_id: 'Acme' }, /claim tenant_id /],
    ['of a tenant that no number is', { tenant_id: -1 }, /claim tenant_id /],
    ['of a tenant beyond all numbers', { tenant_id: 9_999_999_999 }, /claim tenant_id /],
    ['without a role', { role: undefined }, /claim role /],
    ['of a role that is none here', { role: 'internal' }, /claim role /],
  ])('%s', async (_, claims, reason) => {
    const { status: code, message } = await refusal(provider()(await token(rsa, claims)))
    expect(code).toBe(401)
    expect(message).toMatch(reason)
  })

  test('that is over by more than clocks may differ', async () => {
    expect(await provider()(await token(rsa, {}, { seconds: -5 }))).toMatchObject({ tenantId: 7 })
    expect(await refusal(provider()(await token(rsa, {}, { seconds: -120 })))).toMatchObject({
      status: 401,
      message: expect.stringContaining('it is over'),
    })
  })

  test('that another key signed, that is unsigned, signed with what is public, or no token at all', async () => {
    const impostor = await signingKey('rsa')
    expect((await refusal(provider()(await token(impostor)))).message).toContain('signature')
    const [, payload] = (await token(rsa)).split('.')
    const encode = (header: object): string => Buffer.from(JSON.stringify(header)).toString('base64url')
    const publicKey = Buffer.from(String(rsa.jwk.n), 'base64url')
    const shared = await new SignJWT({ iss: site.options.issuer, aud: 'millrace', ...ANN })
      .setProtectedHeader({ alg: 'HS256', kid: 'rsa' })
      .setExpirationTime('5m')
      .sign(publicKey)
    for (const forged of [`${encode({ alg: 'none' })}.${payload}.`, shared, 'x', 'x.y.z', '', '..']) {
      expect((await refusal(provider()(forged))).status).toBe(401)
    }
  })
})

describe('keys', () => {
  test('that the provider changed are found, and those that it withdrew are good no more', async () => {
    const read = provider({ cooldownMs: 0 })
    await read(await token(rsa))
    const next = await signingKey('next')
    site.shows.keys = [next]
    expect(await read(await token(next))).toMatchObject({ tenantId: 7 })
    expect(site.fetched()).toBe(2)
    expect((await refusal(read(await token(rsa)))).message).toContain('no such key')
  })

  test('that nobody has are not asked for again and again', async () => {
    const read = provider()
    await read(await token(rsa))
    for (let tries = 0; tries < 5; tries += 1) {
      expect((await refusal(read(await token(rsa, {}, { kid: `made-up-${tries}` })))).status).toBe(401)
    }
    expect(site.fetched()).toBe(1)
  })

  test('that cannot be had are a failure of the provider, and are asked for again', async () => {
    const read = provider()
    site.shows.status = 500
    expect((await refusal(read(await token(rsa)))).status).toBe(503)
    site.shows.status = 200
    expect(await read(await token(rsa))).toMatchObject({ tenantId: 7 })
    const nowhere = provider({ jwksUrl: 'http://127.0.0.1:1/keys' })
    expect((await refusal(nowhere(await token(rsa)))).status).toBe(503)
  })
})
