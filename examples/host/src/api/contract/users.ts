import { z } from 'zod'
import { email, password, role } from './auth.ts'
import { defineRoutes } from './route.ts'
import { done, id, idParams, label, time } from './scalars.ts'

export const user = z.object({
  id,
  email: z.string(),
  display_name: z.string().nullable(),
  role,
  active: z.boolean(),
  created_at: time,
  last_updated_at: time,
})
export type User = z.output<typeof user>

export const userRoutes = defineRoutes({
  listUsers: {
    method: 'GET',
    path: '/app/etl/users',
    summary: 'List the users of the tenant',
    tag: 'users',
    role: 'admin',
    response: z.array(user),
  },
  createUser: {
    method: 'POST',
    path: '/app/etl/users',
    summary: 'Add a user',
    tag: 'users',
    role: 'admin',
    body: z.strictObject({ email, password, role, display_name: label.nullable().default(null) }),
    status: 201,
    response: user,
  },
  updateUser: {
    method: 'PUT',
    path: '/app/etl/users/:id',
    summary: 'Change a user; a new role, password or state ends the user’s tokens',
    tag: 'users',
    role: 'admin',
    params: idParams,
    body: z.strictObject({
      display_name: label.nullable().optional(),
      role: role.optional(),
      password: password.optional(),
      active: z.boolean().optional(),
    }),
    response: user,
  },
  deleteUser: {
    method: 'DELETE',
    path: '/app/etl/users/:id',
    summary: 'Remove a user; the last active admin stays',
    tag: 'users',
    role: 'admin',
    params: idParams,
    response: done,
  },
})
