import { z } from 'zod'
import { defineRoutes, USER_ROLES } from './route.ts'
import { done, id, label, time } from './scalars.ts'

/** Long enough to be worth guessing at, short enough to be hashed at once. */
export const password = z.string().min(12, 'must have 12 characters at least').max(200)
export const email = z.email().max(254)
export const role = z.enum(USER_ROLES)

export const account = z.object({
  /** Null for those whom another identity provider vouches for. */
  id: id.nullable(),
  email: z.string(),
  display_name: z.string().nullable(),
  role,
  tenant_id: id,
  tenant_name: z.string(),
  tenant_logo_filename: z.string().nullable(),
})
export type Account = z.output<typeof account>

export const authRoutes = defineRoutes({
  login: {
    method: 'POST',
    path: '/app/auth/login',
    summary: 'Exchange an e-mail address and a password for a token',
    tag: 'auth',
    role: 'public',
    body: z.strictObject({
      email,
      password: z.string().min(1).max(200),
      /** The tenant's name, where an address is known to several. */
      tenant: label.optional(),
    }),
    response: z.object({ token: z.string(), token_type: z.literal('Bearer'), expires_at: time, user: account }),
  },
  me: {
    method: 'GET',
    path: '/app/auth/me',
    summary: 'Tell who one is',
    tag: 'auth',
    role: 'user',
    response: account,
  },
  changePassword: {
    method: 'PUT',
    path: '/app/auth/password',
    summary: 'Change one’s own password; tokens from before end',
    tag: 'auth',
    role: 'user',
    body: z.strictObject({ current_password: z.string().min(1).max(200), new_password: password }),
    response: done,
  },
  logout: {
    method: 'POST',
    path: '/app/auth/logout',
    summary: 'End all tokens of this user',
    tag: 'auth',
    role: 'user',
    response: done,
  },
})
