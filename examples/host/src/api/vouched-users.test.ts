import { tenant } from '@millrace/sink-postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ApiFixture, apiFixture } from './testing/api-fixture.ts'
import {
  ANN,
  type IdentityProviderFixture,
  identityProviderFixture,
  type SigningKey,
  signingKey,
} from './testing/identity-provider-fixture.ts'

let key: SigningKey
let site: IdentityProviderFixture
let api: ApiFixture
beforeAll(async () => {
  key = await signingKey('rsa')
  site = await identityProviderFixture(key)
  api = await apiFixture({ identityProvider: site.options })
}, 120_000)
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await site[Symbol.asyncDispose]()
})

async function ask(method: 'GET' | 'POST' | 'PUT', url: string, claims: object, payload?: object) {
  const token = await site.token(key, { tenant_id: api.tenantId, ...claims })
  const headers = { authorization: `Bearer ${token}` }
  const answer = await api.ask({ method, url, headers, ...(payload && { payload }) })
  return { status: answer.status, body: answer.json() as { readonly [name: string]: unknown } }
}

test('whom the identity provider vouches for is let into their tenant, as far as their role goes', async () => {
  expect((await ask('GET', '/app/auth/me', {})).body).toEqual({
    ...{ id: null, email: ANN.email, display_name: ANN.name, role: 'operator' },
    ...{ tenant_id: api.tenantId, tenant_name: 'Acme', tenant_logo_filename: null },
  })
  expect((await ask('POST', `/app/etl/jobs/${api.jobId}/toggle-active`, {})).status).toBe(200)
  expect((await ask('GET', '/app/etl/users', {})).body.code).toBe('WRONG_ROLE')
  expect((await ask('POST', '/app/etl/ws-tickets', { role: 'user' })).status).toBe(201)
  expect((await ask('GET', `/app/etl/jobs/${api.other.jobId}`, {})).status).toBe(404)
  expect((await ask('GET', `/app/etl/jobs?tenant_id=${api.other.tenantId}`, {})).status).toBe(404)
  expect((await ask('GET', `/app/etl/jobs/${api.other.jobId}`, { tenant_id: api.other.tenantId })).status).toBe(200)
  const audit = 'SELECT DISTINCT actor FROM audit_log'
  expect(await api.db.query(tenant(api.tenantId), audit)).toContainEqual({ actor: ANN.email })
})

test('a tenant that is not here, or switched off, has nobody', async () => {
  expect((await ask('GET', '/app/auth/me', { tenant_id: 2_147_483_647 })).status).toBe(401)
  expect((await ask('GET', '/app/auth/me', { tenant_id: 9_999_999_999 })).status).toBe(401)
  const [made] = await api.db.query<{ id: number }>(
    tenant(api.tenantId),
    `UPDATE tenants SET active = false WHERE id = ${api.tenantId} RETURNING id`,
  )
  expect(made?.id).toBe(api.tenantId)
  expect((await ask('GET', '/app/auth/me', {})).status).toBe(401)
  await api.db.query(tenant(api.tenantId), `UPDATE tenants SET active = true WHERE id = ${api.tenantId}`)
  expect((await ask('GET', '/app/auth/me', {})).status).toBe(200)
})

test('passwords and sessions of theirs are none of ours, and users of ours log in as before', async () => {
  const passwords = { current_password: 'whatever it was', new_password: 'whatever it will be' }
  expect((await ask('PUT', '/app/auth/password', {}, passwords)).status).toBe(409)
  expect((await ask('POST', '/app/auth/logout', {})).status).toBe(409)
  expect((await api.ask({ method: 'GET', url: '/app/auth/me', as: 'user' })).status).toBe(200)
})
