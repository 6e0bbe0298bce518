import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { toast } from 'sonner'
import type { RouteName } from '#contract/routes.ts'
import { call } from '../api/call.ts'
import { useAnswer } from '../api/use-api.ts'
import { Button } from '../parts/button.tsx'
import { SelectField } from '../parts/field.tsx'
import { Modal, ModalActions } from '../parts/modal.tsx'
import { Answer, Failed } from '../parts/states.tsx'
import { counted } from '../parts/words.ts'
import { sayApplied } from './applied.ts'

/** By which routes each kind is removed, and whose answers that changes. */
const REMOVALS = {
  hierarchies: {
    dependencies: 'hierarchyDependencies',
    remove: 'deleteHierarchy',
    spoils: ['listHierarchies', 'listWitMappings'],
  },
  wits: { dependencies: 'witMappingDependencies', remove: 'deleteWitMapping', spoils: ['listWitMappings', 'listWits'] },
  statuses: {
    dependencies: 'statusMappingDependencies',
    remove: 'deleteStatusMapping',
    spoils: ['listStatusMappings', 'listStatuses'],
  },
  workflows: {
    dependencies: 'workflowDependencies',
    remove: 'deleteWorkflow',
    spoils: ['listWorkflows', 'listStatusMappings'],
  },
} as const satisfies Record<string, { dependencies: RouteName; remove: RouteName; spoils: readonly RouteName[] }>

export type RemovableKind = keyof typeof REMOVALS

/** Instead of the id of another entry. */
const NONE = 'none'

function questionOf(moveTo: string) {
  if (moveTo === '') return {}
  return moveTo === NONE ? { release: 'true' as const } : { move_to: moveTo }
}

/** Deletes an entry; where others use it, says which, and asks where to move them. */
export function EntryRemoval(props: {
  readonly kind: RemovableKind
  readonly id: string
  /** Of all entries, by their ids: those that what uses this one may move to. */
  readonly names: ReadonlyMap<string, string>
  readonly onClose: () => void
}) {
  const { kind, id, names, onClose } = props
  const { dependencies: route, remove, spoils } = REMOVALS[kind]
  const dependencies = useAnswer(route, { params: { id } })
  const [moveTo, setMoveTo] = useState('')
  const queries = useQueryClient()
  const removal = useMutation({
    mutationFn: async () => {
      const answer = await call(remove, { params: { id }, query: questionOf(moveTo) })
      toast.success(sayApplied(answer.message, answer))
    },
    onSuccess: onClose,
    onSettled: () => Promise.all(spoils.map((spoilt) => queries.invalidateQueries({ queryKey: [spoilt] }))),
  })
  return (
    <Modal title={`Delete ${names.get(id) ?? 'it'}?`} onClose={onClose}>
      <Answer query={dependencies}>
        {({ total, dependants }) => (
          <div className="flex flex-col gap-4">
            {total === 0 ? (
              <p className="text-soft">Nothing uses it.</p>
            ) : (
              <>
                <p>
                  {total === 1 ? 'One thing uses it' : `${counted(total, 'thing')} use it`} and must be moved first:
                </p>
                <ul className="max-h-44 overflow-auto rounded-xl bg-sunken px-4 py-3 text-sm">
                  {dependants.map((dependant) => (
                    <li key={`${dependant.type} ${dependant.id}`}>
                      {dependant.name} <span className="text-soft">({dependant.type.replaceAll('_', ' ')})</span>
                    </li>
                  ))}
                </ul>
                <SelectField label="Move them to" value={moveTo} onChange={(event) => setMoveTo(event.target.value)}>
                  <option value="">Choose</option>
                  {[...names]
                    .filter(([other]) => other !== id)
                    .map(([other, name]) => (
                      <option key={other} value={other}>
                        {name}
                      </option>
                    ))}
                  <option value={NONE}>None: what the provider says applies again</option>
                </SelectField>
              </>
            )}
            {removal.error && <Failed error={removal.error} />}
            <ModalActions>
              <Button onClick={onClose}>Keep it</Button>
              <Button
                look="danger"
                busy={removal.isPending}
                disabled={total > 0 && moveTo === ''}
                onClick={() => removal.mutate()}
              >
                {total > 0 && moveTo !== NONE ? 'Move and delete' : 'Delete'}
              </Button>
            </ModalActions>
          </div>
        )}
      </Answer>
    </Modal>
  )
}
