import type { Api } from '../api.ts'
import type { userRoutes } from '../contract/users.ts'
import type { Handlers } from '../handlers.ts'
import { found } from '../not-found.ts'
import { Refusal } from '../refusal.ts'
import { hashPassword } from '../security/passwords.ts'
import { insertUser, listUsers, removeUser, updateUser } from '../security/users.ts'
import { toWire } from '../to-wire.ts'

/** The people of a tenant. */
export function userHandlers({ db }: Api): Pick<Handlers, keyof typeof userRoutes> {
  return {
    listUsers: async ({ caller }) => (await listUsers(db, caller.tenantId)).map(toWire),
    async createUser({ caller, body: { email, role, display_name: displayName, password } }) {
      const hash = await hashPassword(password)
      const user = await insertUser(db, caller.tenantId, { email, role, displayName, hash })
      if (user) return toWire(user)
      throw new Refusal('CONFLICT', `Failed to add ${email}: the tenant has a user of this address. Change that one.`)
    },
    async updateUser({ caller, params: { id }, body }) {
      const hash = body.password === undefined ? undefined : await hashPassword(body.password)
      const { display_name: displayName, role, active } = body
      const user = await updateUser(db, caller.tenantId, id, { displayName, role, active, hash })
      if (user === 'last-admin') throw lastAdmin()
      return toWire(found(user === 'missing' ? undefined : user, 'user', id))
    },
    async deleteUser({ caller, params: { id } }) {
      const outcome = await removeUser(db, caller.tenantId, id)
      if (outcome === 'last-admin') throw lastAdmin()
      found(outcome === 'missing' ? undefined : outcome, 'user', id)
      return { success: true, message: 'The user is removed.' }
    },
  }
}

function lastAdmin(): Refusal {
  return new Refusal('CONFLICT', 'Failed to change the user: nobody else is an active admin. Make somebody one first.')
}
