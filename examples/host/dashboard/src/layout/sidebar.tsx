import { ChevronsLeft, ChevronsRight } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { NavLink } from 'react-router'
import { Tip } from '../parts/tip.tsx'
import { useSession } from '../session/session.tsx'
import { PAGES, type PageEntry } from './pages.ts'
import { useServed } from './use-served.ts'

export function Sidebar(props: {
  readonly collapsed: boolean
  readonly onToggle: () => void
  readonly open: boolean
  readonly onClose: () => void
}) {
  const { collapsed, onToggle, open, onClose } = props
  return (
    <>
      <aside
        className={`sticky top-[72px] hidden h-[calc(100vh-72px)] shrink-0 flex-col overflow-y-auto border-r border-line bg-panel p-3 pt-6 motion-safe:transition-[width] md:flex ${collapsed ? 'w-[68px]' : 'w-60'}`}
      >
        <Rooms collapsed={collapsed} />
        <button
          type="button"
          onClick={onToggle}
          aria-expanded={!collapsed}
          className="mt-auto flex h-10 items-center gap-3 rounded-lg px-3 text-sm text-soft hover:bg-sunken hover:text-ink"
        >
          {collapsed ? (
            <ChevronsRight aria-hidden className="size-5" />
          ) : (
            <ChevronsLeft aria-hidden className="size-5" />
          )}
          <span className={collapsed ? 'sr-only' : ''}>{collapsed ? 'Expand the sidebar' : 'Collapse'}</span>
        </button>
      </aside>
      <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
        <Dialog.Portal>
          <Dialog.Overlay className="fixed inset-0 z-40 bg-black/50 md:hidden" />
          <Dialog.Content
            aria-describedby={undefined}
            className="fixed inset-y-0 left-0 z-50 w-72 overflow-y-auto bg-panel p-4 shadow-lift md:hidden"
          >
            <Dialog.Title className="mb-4 flex items-center gap-2.5 px-2 text-lg font-semibold">
              <img src="/logos/millrace.svg" alt="" className="size-8" /> Millrace
            </Dialog.Title>
            <Rooms collapsed={false} />
          </Dialog.Content>
        </Dialog.Portal>
      </Dialog.Root>
    </>
  )
}

function Rooms({ collapsed }: { readonly collapsed: boolean }) {
  const served = useServed()
  const { may } = useSession()
  const rooms = PAGES.filter(({ role = 'user' }) => may(role)).map(({ room, entries }) => ({
    room,
    entries: entries.filter(({ reads }) => served(reads)),
  }))
  return (
    <nav aria-label="Pages" className="flex flex-col gap-5">
      {rooms
        .filter(({ entries }) => entries.length > 0)
        .map(({ room, entries }) => (
          <div key={room}>
            <p className={`px-3 pb-1.5 text-xs font-medium text-soft ${collapsed ? 'sr-only' : ''}`}>{room}</p>
            <ul className="flex flex-col gap-0.5">
              {entries.map((entry) => (
                <li key={entry.path}>
                  <Entry entry={entry} collapsed={collapsed} />
                </li>
              ))}
            </ul>
          </div>
        ))}
    </nav>
  )
}

function Entry({
  entry: { path, name, icon: Icon },
  collapsed,
}: {
  readonly entry: PageEntry
  readonly collapsed: boolean
}) {
  const link = (
    <NavLink
      to={path}
      end
      className={({ isActive }) =>
        `flex h-10 items-center gap-3 rounded-lg px-3 font-medium ${isActive ? 'gradient' : 'text-soft hover:bg-sunken hover:text-ink'}`
      }
    >
      <Icon aria-hidden className="size-5 shrink-0" />
      <span className={collapsed ? 'sr-only' : 'truncate'}>{name}</span>
    </NavLink>
  )
  return collapsed ? (
    <Tip label={name} side="right">
      {link}
    </Tip>
  ) : (
    link
  )
}
