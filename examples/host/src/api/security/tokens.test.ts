import { generateKeyPair, SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { isOwnToken, readToken, signToken, tokenKeyFrom } from './tokens.ts'

const KEY = tokenKeyFrom(Buffer.alloc(32, 1))
const ANN = { id: 5, tenantId: 7, role: 'operator', epoch: 2 } as const
const CLAIMS = { tenant_id: 7, role: 'admin', epoch: 2 }

test('a token of ours says who it is of', async () => {
  const { token, expiresAt } = await signToken(KEY, ANN)
  expect(isOwnToken(token)).toBe(true)
  expect(await readToken(KEY, token)).toEqual({ sub: '5', tenant_id: 7, role: 'operator', epoch: 2 })
  expect(expiresAt.getTime()).toBeGreaterThan(Date.now())
})

test('another key, issuer or algorithm, an end that has come, missing claims and any other text are nobody', async () => {
  const make = (claims: object = CLAIMS, issuer = 'millrace', end = '5m'): SignJWT =>
    new SignJWT({ ...claims }).setIssuer(issuer).setSubject('5').setExpirationTime(end)
  const signed = (token: SignJWT, key = KEY): Promise<string> => token.setProtectedHeader({ alg: 'HS256' }).sign(key)
  expect(await readToken(KEY, await signed(make()))).toMatchObject(CLAIMS)

  const { privateKey } = await generateKeyPair('RS256')
  const foreign = await make().setProtectedHeader({ alg: 'RS256' }).sign(privateKey)
  expect(isOwnToken(foreign)).toBe(false)
  const wrong = [
    foreign,
    await signed(make(), tokenKeyFrom(Buffer.alloc(32, 2))),
    await signed(make(CLAIMS, 'elsewhere')),
    await signed(make(CLAIMS, 'millrace', '-1s')),
    await signed(make({ tenant_id: 7 })),
    await signed(make({ ...CLAIMS, role: 'internal' })),
    'x.y.z',
    '',
  ]
  for (const token of wrong) expect(await readToken(KEY, token)).toBeUndefined()
})
