import type { Api, Caller } from '../api.ts'
import type { Account, authRoutes } from '../contract/auth.ts'
import type { Handlers } from '../handlers.ts'
import { found } from '../not-found.ts'
import { Refusal } from '../refusal.ts'
import type { VouchedUser } from '../security/identity-provider.ts'
import { hashPassword, isPassword } from '../security/passwords.ts'
import { signToken } from '../security/tokens.ts'
import { endTokens, findTenant, findUser, locateUser, type UserSecrets, updateUser } from '../security/users.ts'

/** Logging in and out. */
export function authHandlers({ db, tokenKey }: Api): Pick<Handlers, keyof typeof authRoutes> {
  const self = async ({ tenantId, userId, vouched }: Caller): Promise<UserSecrets> => {
    if (userId === null) {
      const reason = vouched ? 'an identity provider keeps it' : 'this is a service'
      throw new Refusal('CONFLICT', `Failed to find the account: ${reason}. Log in with an account of Millrace.`)
    }
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
    me: async ({ caller }) =>
      caller.vouched ? await vouchedAccount(db, caller.vouched) : accountOf(await self(caller), caller.tenantId),
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

async function vouchedAccount(db: Api['db'], { tenantId, role, email, displayName }: VouchedUser): Promise<Account> {
  const { name, logo } = found(await findTenant(db, tenantId), 'tenant', tenantId)
  const ofTenant = { tenant_id: tenantId, tenant_name: name, tenant_logo_filename: logo }
  return { id: null, email, display_name: displayName, role, ...ofTenant }
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
