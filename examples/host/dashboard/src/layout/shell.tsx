import { type ReactNode, useEffect, useState } from 'react'
import { useLocation } from 'react-router'
import { LiveProvider } from '../live/live.tsx'
import { ConnectionBanner } from './connection-banner.tsx'
import { Header } from './header.tsx'
import { PAGES } from './pages.ts'
import { Sidebar } from './sidebar.tsx'

const COLLAPSED = 'millrace.sidebar'

/** What stays while pages change. On a narrow screen the sidebar opens over the page. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const [collapsed, setCollapsed] = useState(localStorage.getItem(COLLAPSED) === 'collapsed')
  const [open, setOpen] = useState(false)
  const { pathname } = useLocation()
  const page = PAGES.flatMap((room) => room.entries).find((entry) => entry.path === pathname)

  useEffect(() => {
    document.title = page ? `${page.name} · Millrace` : 'Millrace'
    setOpen(false)
  }, [page])

  const toggle = (): void => {
    localStorage.setItem(COLLAPSED, collapsed ? 'open' : 'collapsed')
    setCollapsed(!collapsed)
  }
  return (
    <LiveProvider>
      <a
        href="#main"
        className="gradient fixed left-3 top-3 z-50 -translate-y-20 rounded-lg px-4 py-2 font-medium focus:translate-y-0"
      >
        Skip to the page
      </a>
      <Header onMenu={() => setOpen(true)} />
      <div className="flex">
        <Sidebar collapsed={collapsed} onToggle={toggle} open={open} onClose={() => setOpen(false)} />
        <main id="main" tabIndex={-1} className="min-w-0 flex-1 px-4 py-6 outline-none sm:px-8 sm:py-8">
          <div className="mx-auto max-w-[1480px]">
            <ConnectionBanner />
            {children}
          </div>
        </main>
      </div>
    </LiveProvider>
  )
}
