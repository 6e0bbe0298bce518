import { KeyRound, LogOut, Menu as MenuIcon, Moon, Sun } from 'lucide-react'
import { useState } from 'react'
import { useLive } from '../live/live.tsx'
import { IconButton } from '../parts/button.tsx'
import { Logo } from '../parts/logo.tsx'
import { Menu, MenuItem, MenuLine } from '../parts/menu.tsx'
import { PasswordModal } from '../people/password-modal.tsx'
import { useSession } from '../session/session.tsx'
import { useTheme } from '../session/theme.tsx'

const LIVE_WORDS = { connecting: 'Connecting', live: 'Live', lost: 'Offline' } as const
const LIVE_COLORS = { connecting: 'bg-soft', live: 'bg-good', lost: 'bg-bad' } as const

export function Header({ onMenu }: { readonly onMenu: () => void }) {
  const { account } = useSession()
  const { theme, toggle } = useTheme()
  const { state } = useLive()
  return (
    <header className="sticky top-0 z-30 flex min-h-[72px] items-center gap-3 border-b border-line bg-panel/90 px-4 shadow-lift backdrop-blur sm:px-6">
      <IconButton label="Open the menu" className="md:hidden" onClick={onMenu}>
        <MenuIcon aria-hidden className="size-5" />
      </IconButton>
      <div className="flex h-10 w-[120px] shrink-0 items-center">
        {account?.tenant_logo_filename ? (
          <Logo file={account.tenant_logo_filename} name={account.tenant_name} className="max-h-10 max-w-[120px]" />
        ) : (
          <span className="flex items-center gap-2.5 text-lg font-semibold tracking-tight">
            <img src="/logos/millrace.svg" alt="" className="size-8" />
            Millrace
          </span>
        )}
      </div>
      <span className="ml-4 hidden truncate border-l border-line pl-5 text-soft sm:block">{account?.tenant_name}</span>
      <div className="ml-auto flex items-center gap-2">
        <span className="mr-1 hidden items-center gap-2 text-sm text-soft sm:flex">
          <span className={`size-2 rounded-full ${LIVE_COLORS[state]}`} />
          {LIVE_WORDS[state]}
        </span>
        <IconButton
          label={theme === 'dark' ? 'Switch to the light theme' : 'Switch to the dark theme'}
          onClick={toggle}
        >
          {theme === 'dark' ? <Sun aria-hidden className="size-5" /> : <Moon aria-hidden className="size-5" />}
        </IconButton>
        <UserMenu />
      </div>
    </header>
  )
}

function UserMenu() {
  const { account, logOut } = useSession()
  const [changing, setChanging] = useState(false)
  const name = account?.display_name ?? account?.email ?? ''
  const initials = name
    .split(/[\s.@]+/)
    .slice(0, 2)
    .map((word) => word[0]?.toUpperCase() ?? '')
    .join('')
  return (
    <>
      <Menu
        opener={
          <button
            type="button"
            className="gradient flex size-10 items-center justify-center rounded-full text-sm font-semibold"
          >
            <span aria-hidden>{initials}</span>
            <span className="sr-only">Menu of {name}</span>
          </button>
        }
      >
        <div className="px-3 py-2">
          <p className="font-medium">{name}</p>
          <p className="text-sm text-soft">
            {account?.email} · {account?.role}
          </p>
        </div>
        <MenuLine />
        {account && account.id !== null && (
          <MenuItem onSelect={() => setChanging(true)}>
            <KeyRound aria-hidden className="size-4" /> Change password
          </MenuItem>
        )}
        <MenuItem onSelect={() => void logOut()}>
          <LogOut aria-hidden className="size-4" /> Log out
        </MenuItem>
      </Menu>
      {changing && <PasswordModal onClose={() => setChanging(false)} />}
    </>
  )
}
