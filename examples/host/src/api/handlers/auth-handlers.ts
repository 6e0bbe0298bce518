import type { Api, Caller } from '../api.ts'
import type { Account, authRoutes } from '../contract/auth.ts'
import type { Handlers } from '../handlers.ts'
import { found } from '../not-found.ts'
import { Refusal } from '../refusal.ts'
import { hashPassword, isPassword } from '../security/passwords.ts'
import { signToken } from '../security/tokens.ts'
import { endTokens, findUser, locateUser, type UserSecrets, updateUser } from '../security/users.ts'

/** Logging in and out. */
export function authHandlers({ db, tokenKey }: Api): Pick<Handlers, keyof typeof authRoutes> {
  const self = async ({ tenantId, userId }: Caller): Promise<UserSecrets> => {
    if (userId === null) throw new Refusal('CONFLICT', 'Failed to tell about the user: this is a service. Log in.')
    return found(await findUser(db, tenantId, userId), 'user', userId)
  }
  return {
    async login({ body: { email, password, tenant } }) {
      const located = await locateUser(db, email, tenant)
      if (!(await isPassword(password, located?.user.passwordHash)) || !located) {
        throw new Refusal(
          'UNAUTHENTICATED',
          'Failed to log in: address and password do not belong together. Try again, and name the tenant if you have several.',
        )
      }
      const { tenantId, user } = located
      const { token, expiresAt } = await signToken(tokenKey, { ...user, tenantId })
      return { token, token_type: 'Bearer', expires_at: expiresAt.toISOString(), user: accountOf(user, tenantId) }
    },
    me: async ({ caller }) => accountOf(await self(caller), caller.tenantId),
    async changePassword({ caller, body }) {
      const user = await self(caller)
      if (!(await isPassword(body.current_password, user.passwordHash))) {
        throw new Refusal('BAD_REQUEST', 'Failed to change the password: the current one is another. Try again.')
      }
      await updateUser(db, caller.tenantId, user.id, { hash: await hashPassword(body.new_password) })
      return { success: true, message: 'The password is changed. Log in anew.' }
    },
    async logout({ caller }) {
      await endTokens(db, caller.tenantId, (await self(caller)).id)
      return { success: true, message: 'Logged out everywhere.' }
    },
  }
}

function accountOf(user: UserSecrets, tenantId: number): Account {
  return {
    id: user.id,
    email: user.email,
    display_name: user.displayName,
    role: user.role,
    tenant_id: tenantId,
    tenant_name: user.tenantName,
    tenant_logo_filename: user.tenantLogo,
  }
}
