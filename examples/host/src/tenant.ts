/** Whom this program serves: everything is mirrored for this tenant. */
export const TENANT = { name: 'Demo', tier: 'premium' } as const

/** Tenants that every store begins with, on different tiers; everything below a tenant is kept apart from the others. */
export const DEMO_TENANTS = [TENANT, { name: 'Demo of the free tier', tier: 'free' }] as const
