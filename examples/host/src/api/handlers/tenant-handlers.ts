import { type Database, deleteTenant, listTenants, seedTenant, tenant } from '@millrace/sink-postgres'
import type { Api } from '../api.ts'
import type { tenantRoutes } from '../contract/tenants.ts'
import type { Handlers } from '../handlers.ts'
import { found } from '../not-found.ts'
import { Refusal } from '../refusal.ts'
import { toWire } from '../to-wire.ts'

interface TenantRow {
  readonly id: number
  readonly name: string
  readonly tier: 'free' | 'basic' | 'premium' | 'enterprise'
  readonly logoFilename: string | null
  readonly active: boolean
}

const READ = 'SELECT id, name, tier, logo_filename AS "logoFilename", active FROM tenants'

/** What is null stays. $1 name · $2 whether the logo is given · $3 logo · $4 tier */
const UPDATE = `
  UPDATE tenants SET name = coalesce($1, name), logo_filename = CASE WHEN $2::boolean THEN $3 ELSE logo_filename END,
    tier = coalesce($4, tier), last_updated_at = millrace_now()`

/** Tenants: their own for admins, all of them for services. */
export function tenantHandlers({ db, vectors }: Api): Pick<Handlers, keyof typeof tenantRoutes> {
  return {
    async listTenants({ caller }) {
      const ids = caller.tenantId === 0 ? (await listTenants(db)).map(({ id }) => id) : [caller.tenantId]
      const rows = await Promise.all(ids.map((id) => readTenant(db, id)))
      return rows.flatMap((row) => (row ? [toWire(row)] : []))
    },
    async createTenant({ body: { name, tier } }) {
      if ((await listTenants(db)).some((known) => known.name === name)) throw nameTaken(name)
      const id = await seedTenant(db, { name, tier })
      return toWire(found(await readTenant(db, id), 'tenant', id))
    },
    async updateTenant({ caller, params: { id }, body }) {
      if (caller.tenantId !== 0 && caller.tenantId !== id) found(undefined, 'tenant', id)
      if (body.tier !== undefined && caller.role !== 'internal') {
        throw new Refusal('WRONG_ROLE', 'Failed to change the tier: only services may. Ask who runs this system.')
      }
      const taken = (await listTenants(db)).some((known) => known.name === body.name && known.id !== id)
      if (taken) throw nameTaken(String(body.name))
      const { name = null, logo_filename: logo, tier = null } = body
      await db.query(tenant(id), UPDATE, [name, logo !== undefined, logo ?? null, tier])
      return toWire(found(await readTenant(db, id), 'tenant', id))
    },
    async deleteTenant({ caller, params: { id } }) {
      if (caller.tenantId !== 0 && caller.tenantId !== id) found(undefined, 'tenant', id)
      return {
        deleted: { ...(await deleteTenant(db, { tenantId: id, ...(vectors && { vectorStore: vectors.store }) })) },
      }
    },
  }
}

async function readTenant(db: Database, id: number): Promise<TenantRow | undefined> {
  const [row] = await db.query<TenantRow>(tenant(id), READ)
  return row
}

function nameTaken(name: string): Refusal {
  return new Refusal('CONFLICT', `Failed to name a tenant ${name}: another one has this name. Choose another.`)
}
