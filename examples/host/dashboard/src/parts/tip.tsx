import { Tooltip } from 'radix-ui'
import type { ReactNode } from 'react'

/** Says in words what a symbol means, for those who hover or tab to it. */
export function Tip(props: {
  readonly label: string
  readonly side?: 'top' | 'right' | 'bottom'
  readonly children: ReactNode
}) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{props.children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          side={props.side ?? 'top'}
          sideOffset={6}
          className="rise z-50 max-w-72 rounded-lg bg-ink px-2.5 py-1.5 text-sm text-panel shadow-lift"
        >
          {props.label}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  )
}
