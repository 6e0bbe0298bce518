import { type FormEvent, type ReactNode, useState } from 'react'
import { Button } from '../parts/button.tsx'
import { Modal, ModalActions } from '../parts/modal.tsx'
import { Failed } from '../parts/states.tsx'

/** The form of one configured thing, new or changed. */
export function EntryModal<Draft extends object>(props: {
  readonly title: string
  readonly about: string
  readonly initial: Draft
  /** `changes` are what is not as it was: the rest may have been changed by somebody else meanwhile. */
  readonly save: (draft: Draft, changes: Partial<Draft>) => Promise<unknown>
  readonly onClose: () => void
  readonly children: (draft: Draft, change: (changes: Partial<Draft>) => void) => ReactNode
}) {
  const [initial] = useState(props.initial)
  const [draft, setDraft] = useState(initial)
  const [error, setError] = useState<Error | null>(null)
  const [busy, setBusy] = useState(false)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    setBusy(true)
    props.save(draft, changesOf(initial, draft)).then(props.onClose, (thrown: Error) => {
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

function changesOf<Draft extends object>(before: Draft, after: Draft): Partial<Draft> {
  const keys = Object.keys(after) as (keyof Draft)[]
  return Object.fromEntries(
    keys.filter((key) => after[key] !== before[key]).map((key) => [key, after[key]]),
  ) as Partial<Draft>
}
