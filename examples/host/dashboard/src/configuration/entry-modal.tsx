import { type FormEvent, type ReactNode, useState } from 'react'
import { Button } from '../parts/button.tsx'
import { Modal, ModalActions } from '../parts/modal.tsx'
import { Failed } from '../parts/states.tsx'

/** The form of one configured thing, new or changed. */
export function EntryModal<Draft>(props: {
  readonly title: string
  readonly about: string
  readonly initial: Draft
  readonly save: (draft: Draft) => Promise<unknown>
  readonly onClose: () => void
  readonly children: (draft: Draft, change: (changes: Partial<Draft>) => void) => ReactNode
}) {
  const [draft, setDraft] = useState(props.initial)
  const [error, setError] = useState<Error | null>(null)
  const [busy, setBusy] = useState(false)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    setBusy(true)
    props.save(draft).then(props.onClose, (thrown: Error) => {
      setError(thrown)
      setBusy(false)
    })
  }
  return (
    <Modal title={props.title} about={props.about} onClose={props.onClose}>
      <form onSubmit={submit} className="flex flex-col gap-3">
        {props.children(draft, (changes) => setDraft({ ...draft, ...changes }))}
        {error && <Failed error={error} />}
        <ModalActions>
          <Button onClick={props.onClose}>Cancel</Button>
          <Button type="submit" look="main" busy={busy}>
            Save
          </Button>
        </ModalActions>
      </form>
    </Modal>
  )
}
