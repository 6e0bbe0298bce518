import type { UseMutationResult } from '@tanstack/react-query'
import { useState } from 'react'
import type { Dependencies } from '#contract/configuration.ts'
import { Button } from '../parts/button.tsx'
import { SelectField } from '../parts/field.tsx'
import { Modal } from '../parts/modal.tsx'
import { Answer, Failed } from '../parts/states.tsx'
import { counted } from '../parts/words.ts'

/** Deletes a configured thing; where others use it, says which, and asks where to move them. */
export function DependencyModal(props: {
  readonly name: string
  readonly dependencies: {
    readonly data: Dependencies | undefined
    readonly error: Error | null
    readonly failureReason: Error | null
    readonly refetch: () => unknown
  }
  readonly others: readonly { readonly id: string; readonly name: string }[]
  readonly removal: Pick<UseMutationResult<unknown, Error, string | undefined>, 'mutate' | 'isPending' | 'error'>
  readonly onClose: () => void
}) {
  const { name, dependencies, others, removal, onClose } = props
  const [moveTo, setMoveTo] = useState('')
  return (
    <Modal title={`Delete ${name}?`} onClose={onClose}>
      <Answer query={dependencies}>
        {({ total, dependants }) => (
          <div className="flex flex-col gap-4">
            {total === 0 ? (
              <p className="text-soft">Nothing uses it.</p>
            ) : (
              <>
                <p>{counted(total, 'thing')} use it and must be moved first:</p>
                <ul className="max-h-44 overflow-auto rounded-xl bg-sunken px-4 py-3 text-sm">
                  {dependants.map((dependant) => (
                    <li key={`${dependant.type} ${dependant.id}`}>
                      {dependant.name} <span className="text-soft">({dependant.type.replaceAll('_', ' ')})</span>
                    </li>
                  ))}
                </ul>
                <SelectField label="Move them to" value={moveTo} onChange={(event) => setMoveTo(event.target.value)}>
                  <option value="">Choose</option>
                  {others.map((other) => (
                    <option key={other.id} value={other.id}>
                      {other.name}
                    </option>
                  ))}
                </SelectField>
              </>
            )}
            {removal.error && <Failed error={removal.error} />}
            <div className="flex justify-end gap-2">
              <Button onClick={onClose}>Keep it</Button>
              <Button
                look="danger"
                busy={removal.isPending}
                disabled={total > 0 && moveTo === ''}
                onClick={() => removal.mutate(moveTo === '' ? undefined : moveTo, { onSuccess: onClose })}
              >
                {total > 0 ? 'Move and delete' : 'Delete'}
              </Button>
            </div>
          </div>
        )}
      </Answer>
    </Modal>
  )
}
