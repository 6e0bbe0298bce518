import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import type { IdentityProviderOptions } from '../security/identity-provider.ts'

export interface SigningKey {
  readonly kid: string
  readonly alg: string
  readonly privateKey: CryptoKey
  readonly jwk: JWK
}

export async function signingKey(kid: string, alg = 'RS256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg)
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

type Claims = { readonly [claim: string]: unknown }

/** Who a token is of, unless its claims say otherwise. */
export const ANN = { sub: 'u-1', tenant_id: 7, role: 'operator', email: 'ann@example.com', name: 'Ann' }

/** Somebody who signs tokens, and shows the public keys. */
export interface IdentityProviderFixture extends AsyncDisposable {
  readonly options: IdentityProviderOptions
  /** What it shows: another key, others, or that it is broken. */
  shows: { keys: readonly SigningKey[]; status: number }
  /** How often it was asked for its keys. */
  fetched(): number
  /** A token as it makes them, but for what is given; a claim that is undefined is left out. */
  token(
    key: SigningKey,
    claims?: Claims,
    header?: { readonly seconds?: number; readonly kid?: string },
  ): Promise<string>
}

const LIFETIME_SECONDS = 300

export async function identityProviderFixture(...keys: readonly SigningKey[]): Promise<IdentityProviderFixture> {
  let fetched = 0
  const shows = { keys, status: 200 }
  const server = createServer((_request, response) => {
    fetched += 1
    response.writeHead(shows.status, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ keys: shows.keys.map(({ jwk }) => jwk) }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const options = {
    jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
    issuer: 'https://id.example.com/',
    audience: 'millrace',
    tenantClaim: 'tenant_id',
    roleClaim: 'role',
    clockToleranceSeconds: 30,
  }
  return {
    options,
    shows,
    fetched: () => fetched,
    token(key, claims = {}, { seconds = LIFETIME_SECONDS, kid = key.kid } = {}) {
      const exp = Math.floor(Date.now() / 1_000) + seconds
      return new SignJWT({ iss: options.issuer, aud: options.audience, exp, ...ANN, ...claims })
        .setProtectedHeader({ alg: key.alg, kid })
        .sign(key.privateKey)
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
