import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import { Modal, ModalActions } from './modal.tsx'

/** Asks before something that cannot be taken back. */
export function Confirm(props: {
  readonly title: string
  readonly action: string
  readonly busy: boolean
  readonly onClose: () => void
  readonly onConfirm: () => void
  readonly children: ReactNode
}) {
  return (
    <Modal title={props.title} onClose={props.onClose}>
      <div className="mb-6 text-soft">{props.children}</div>
      <ModalActions>
        <Button onClick={props.onClose}>Keep it</Button>
        <Button look="danger" busy={props.busy} onClick={props.onConfirm}>
          {props.action}
        </Button>
      </ModalActions>
    </Modal>
  )
}
