import { DropdownMenu } from 'radix-ui'
import type { ReactNode } from 'react'

/** A menu that opens from a button. */
export function Menu(props: {
  /** The button, which takes what opens the menu. */
  readonly opener: ReactNode
  readonly align?: 'start' | 'end'
  readonly children: ReactNode
}) {
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger asChild>{props.opener}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={props.align ?? 'end'}
          sideOffset={8}
          className="rise z-40 min-w-60 rounded-xl border border-line bg-panel p-1.5 shadow-lift"
        >
          {props.children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}

export function MenuItem({ onSelect, children }: { readonly onSelect: () => void; readonly children: ReactNode }) {
  return (
    <DropdownMenu.Item
      onSelect={onSelect}
      className="flex items-center gap-3 rounded-lg px-3 py-2 outline-none data-[highlighted]:bg-sunken"
    >
      {children}
    </DropdownMenu.Item>
  )
}

export function MenuLine() {
  return <DropdownMenu.Separator className="my-1 h-px bg-line" />
}
