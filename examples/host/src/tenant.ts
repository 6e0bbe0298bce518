/** The only tenant of this program; everything below it is kept apart by tenant all the same. */
export const TENANT = { name: 'Demo' } as const
