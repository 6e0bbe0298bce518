import { useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from 'react'
import type { Account } from '#contract/auth.ts'
import { USER_ROLES, type UserRole } from '#contract/route.ts'
import { call } from '../api/call.ts'
import { token } from '../api/token.ts'

interface Session {
  readonly state: 'checking' | 'known' | 'ended'
  readonly account: Account | null
  readonly logIn: (email: string, password: string) => Promise<void>
  readonly logOut: () => Promise<void>
  /** Whether the account's role is at least this one. */
  readonly may: (role: UserRole) => boolean
}

const Context = createContext<Session | null>(null)

export function SessionProvider({ children }: { readonly children: ReactNode }) {
  const queries = useQueryClient()
  const [account, setAccount] = useState<Account | null>(null)
  const [state, setState] = useState<Session['state']>(token.read() ? 'checking' : 'known')

  const leave = useCallback(
    (next: Session['state']) => {
      setAccount(null)
      setState(next)
      queries.clear()
    },
    [queries],
  )
  useEffect(() => token.whenEnded(() => leave('ended')), [leave])

  // A server that restarts answers later; only a refusal ends the session.
  useEffect(() => {
    if (state !== 'checking') return
    let timer: ReturnType<typeof setTimeout> | undefined
    const ask = (): void => {
      call('me', {}).then(
        (found) => {
          setAccount(found)
          setState('known')
        },
        () => {
          if (token.read()) timer = setTimeout(ask, 2_000)
        },
      )
    }
    ask()
    return () => clearTimeout(timer)
  }, [state])

  const session: Session = {
    state,
    account,
    logIn: async (email, password) => {
      const { token: given, user } = await call('login', { body: { email, password } })
      token.keep(given)
      setAccount(user)
      setState('known')
    },
    logOut: async () => {
      await call('logout', {}).catch(() => undefined)
      token.forget()
      leave('known')
    },
    may: (role) => account !== null && USER_ROLES.indexOf(account.role) >= USER_ROLES.indexOf(role),
  }
  return <Context value={session}>{children}</Context>
}

export function useSession(): Session {
  const session = useContext(Context)
  if (!session) throw new Error('Failed to find the session: the component stands outside of SessionProvider.')
  return session
}
