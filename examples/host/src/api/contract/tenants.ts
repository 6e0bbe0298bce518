import { z } from 'zod'
import { defineRoutes } from './route.ts'
import { count, id, idParams, label } from './scalars.ts'

const tier = z.enum(['free', 'basic', 'premium', 'enterprise'])
/** A file among the dashboard's logos: a name, never a path. */
export const logoFilename = z.string().regex(/^[\w][\w.-]{0,99}$/, 'must be the name of a file')

export const tenant = z.object({
  id,
  name: z.string(),
  tier,
  logo_filename: z.string().nullable(),
  active: z.boolean(),
})
export type Tenant = z.output<typeof tenant>

export const tenantRoutes = defineRoutes({
  listTenants: {
    method: 'GET',
    path: '/app/etl/tenants',
    summary: 'List tenants: one’s own, or all for services that name none',
    tag: 'tenants',
    role: 'admin',
    response: z.array(tenant),
  },
  createTenant: {
    method: 'POST',
    path: '/app/etl/tenants',
    summary: 'Add a tenant with the jobs that every tenant has',
    tag: 'tenants',
    role: 'internal',
    body: z.strictObject({ name: label, tier: tier.default('free') }),
    status: 201,
    response: tenant,
  },
  updateTenant: {
    method: 'PUT',
    path: '/app/etl/tenants/:id',
    summary: 'Change the tenant’s name or logo; services also its tier',
    tag: 'tenants',
    role: 'admin',
    params: idParams,
    body: z.strictObject({
      name: label.optional(),
      logo_filename: logoFilename.nullable().optional(),
      tier: tier.optional(),
    }),
    response: tenant,
  },
  deleteTenant: {
    method: 'DELETE',
    path: '/app/etl/tenants/:id',
    summary: 'Delete a tenant and everything that is theirs',
    tag: 'tenants',
    role: 'internal',
    params: idParams,
    response: z.object({ deleted: z.record(z.string(), count) }),
  },
})
