import { X } from 'lucide-react'
import { Dialog } from 'radix-ui'
import { type ReactNode, useState } from 'react'

const WIDTHS = { narrow: 'max-w-lg', wide: 'max-w-4xl' } as const

/** What a dialog ends with, in sight however much is above it. */
export function ModalActions({ children }: { readonly children: ReactNode }) {
  return (
    <div className="sticky -bottom-5 -mx-6 -mb-5 mt-2 flex flex-wrap justify-end gap-2 rounded-b-2xl border-t border-line bg-panel px-6 py-3.5">
      {children}
    </div>
  )
}

/** A dialog over the page: focus stays in it, Escape closes it. On a narrow screen it fills the screen's lower part. */
export function Modal(props: {
  readonly title: string
  readonly about?: string
  readonly width?: keyof typeof WIDTHS
  readonly onClose: () => void
  readonly children: ReactNode
}) {
  const [opener] = useState(() => document.activeElement)
  return (
    <Dialog.Root open onOpenChange={(open) => !open && props.onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-black/55 backdrop-blur-[2px]" />
        <div className="pointer-events-none fixed inset-0 z-50 flex items-end justify-center sm:items-center sm:p-6">
          <Dialog.Content
            onCloseAutoFocus={(event) => {
              event.preventDefault()
              if (opener instanceof HTMLElement) opener.focus()
            }}
            {...(props.about ? {} : { 'aria-describedby': undefined })}
            className={`rise pointer-events-auto flex max-h-[92vh] w-full flex-col rounded-t-2xl border border-line bg-panel shadow-lift sm:rounded-2xl ${WIDTHS[props.width ?? 'narrow']}`}
          >
            <div className="flex items-start gap-4 border-b border-line px-6 py-4">
              <div className="min-w-0 flex-1">
                <Dialog.Title className="text-lg font-semibold">{props.title}</Dialog.Title>
                {props.about && (
                  <Dialog.Description className="mt-0.5 text-sm text-soft">{props.about}</Dialog.Description>
                )}
              </div>
              {/* Without a tooltip: it has the focus first, and Escape would close the tooltip instead of the dialog. */}
              <Dialog.Close
                aria-label="Close"
                className="inline-flex size-9 shrink-0 items-center justify-center rounded-lg text-soft hover:bg-sunken hover:text-ink"
              >
                <X aria-hidden className="size-5" />
              </Dialog.Close>
            </div>
            <div className="overflow-y-auto px-6 py-5">{props.children}</div>
          </Dialog.Content>
        </div>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
