import { type Database, migrate, seedTenant, tenant } from '@millrace/sink-postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStore } from '../../open-store.ts'
import type { AuditEntry } from './audit-entry.ts'
import { auditedDatabase, recorded, unrecorded } from './audited-database.ts'

let db: Database
let tenantId: number
beforeAll(async () => {
  db = auditedDatabase(await openStore({ kind: 'memory' }))
  await migrate(db)
  tenantId = await seedTenant(db, { name: 'Acme' })
})
afterAll(() => db.close())

const entry = (action: string): AuditEntry => ({
  ...{ tenantId, actor: 'ada@acme.test', action, objectType: 'tenants', objectId: tenantId, details: {} },
})
const rename = (name: string) => db.query(tenant(tenantId), 'UPDATE tenants SET name = $1', [name])
const recordsOf = async (action: string): Promise<number> =>
  (await db.query(tenant(tenantId), 'SELECT FROM audit_log WHERE action = $1', [action])).length

test('the first transaction that changes anything holds the record, and others hold none', async () => {
  await recorded(db, entry('two changes'), async () => {
    await db.query(tenant(tenantId), 'SELECT name FROM tenants')
    expect(await recordsOf('two changes')).toBe(0)
    await rename('Acme 1')
    expect(await recordsOf('two changes')).toBe(1)
    await rename('Acme 2')
  })
  expect(await recordsOf('two changes')).toBe(1)
})

test('what is rolled back leaves no record, and neither does what fails', async () => {
  const failing = recorded(db, entry('rolled back'), () =>
    db.transaction(tenant(tenantId), async (tx) => {
      await tx.execute('UPDATE tenants SET name = $1', ['lost'])
      throw new Error('no')
    }),
  )
  await expect(failing).rejects.toThrow('no')
  expect(await recordsOf('rolled back')).toBe(0)
  expect(await db.query(tenant(tenantId), 'SELECT name FROM tenants')).toEqual([{ name: 'Acme 2' }])
})

test('what changes nothing of the tenant is recorded once it is done, and what outlives it is not recorded', async () => {
  let later: Promise<unknown> | undefined
  await recorded(db, entry('an order'), async () => {
    later = unrecorded(() => rename('Acme 3'))
    await later
  })
  expect(await recordsOf('an order')).toBe(1)
  await rename('Acme 4')
  expect(await db.query(tenant(tenantId), 'SELECT FROM audit_log')).toHaveLength(2)
})
