import { ListTree, Plus } from 'lucide-react'
import { useState } from 'react'
import { toast } from 'sonner'
import type { Hierarchy } from '#contract/hierarchies.ts'
import { useAction, useAnswer } from '../api/use-api.ts'
import { sayApplied } from '../configuration/applied.ts'
import { DependencyModal } from '../configuration/dependency-modal.tsx'
import { EntryActions } from '../configuration/entry-actions.tsx'
import { EntryModal } from '../configuration/entry-modal.tsx'
import { IntegrationChoice } from '../configuration/integration-choice.tsx'
import { useRemoval } from '../configuration/use-removal.ts'
import { Button } from '../parts/button.tsx'
import { TextField } from '../parts/field.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Answer, Empty } from '../parts/states.tsx'
import { Cell, Table } from '../parts/table.tsx'
import { useSession } from '../session/session.tsx'

const SPOILS = ['listHierarchies', 'listWitMappings'] as const
type Open = { readonly kind: 'edit' | 'delete'; readonly entry: Hierarchy } | { readonly kind: 'create' }

export default function HierarchiesPage() {
  return (
    <>
      <PageHead title="Hierarchies">
        Levels of work items: 0 is what people work on, -1 its parts, and more is above.
      </PageHead>
      <IntegrationChoice>
        {(integrationId) => <List key={integrationId} integrationId={integrationId} />}
      </IntegrationChoice>
    </>
  )
}

function List({ integrationId }: { readonly integrationId: number }) {
  const list = useAnswer('listHierarchies', { query: { integration_id: integrationId } })
  const [open, setOpen] = useState<Open | null>(null)
  const { may } = useSession()
  const close = (): void => setOpen(null)
  const add = may('operator') && (
    <Button look="main" onClick={() => setOpen({ kind: 'create' })}>
      <Plus aria-hidden className="size-4" /> Add level
    </Button>
  )
  return (
    <>
      <Answer query={list}>
        {(entries) =>
          entries.length === 0 ? (
            <Empty icon={ListTree} title="No levels yet" action={add}>
              Levels come with the first run, and you may add your own.
            </Empty>
          ) : (
            <div className="flex flex-col gap-4">
              <div className="flex justify-end">{add}</div>
              <Table caption="Hierarchies" heads={['Level', 'Name', 'Description', '']}>
                {entries.map((entry) => (
                  <tr key={entry.id}>
                    <Cell>{entry.level_number}</Cell>
                    <Cell className="font-medium">{entry.level_name}</Cell>
                    <Cell className="text-soft">{entry.description ?? '–'}</Cell>
                    <Cell>
                      <EntryActions
                        name={entry.level_name}
                        onEdit={() => setOpen({ kind: 'edit', entry })}
                        onDelete={() => setOpen({ kind: 'delete', entry })}
                      />
                    </Cell>
                  </tr>
                ))}
              </Table>
            </div>
          )
        }
      </Answer>
      {(open?.kind === 'create' || open?.kind === 'edit') && (
        <Form integrationId={integrationId} {...(open.kind === 'edit' && { entry: open.entry })} onClose={close} />
      )}
      {open?.kind === 'delete' && <Deletion entry={open.entry} others={list.data ?? []} onClose={close} />}
    </>
  )
}

const EMPTY: Omit<Hierarchy, 'id' | 'integration_id' | 'active'> = {
  level_name: '',
  level_number: 0,
  description: null,
}

function Form({
  integrationId,
  entry,
  onClose,
}: {
  readonly integrationId: number
  readonly entry?: Hierarchy
  readonly onClose: () => void
}) {
  const create = useAction('createHierarchy', { spoils: SPOILS, quiet: true })
  const update = useAction('updateHierarchy', { spoils: SPOILS, quiet: true })
  return (
    <EntryModal
      title={entry ? `Edit ${entry.level_name}` : 'Add level'}
      about="A change is applied to what is stored"
      initial={
        entry
          ? { level_name: entry.level_name, level_number: entry.level_number, description: entry.description }
          : EMPTY
      }
      onClose={onClose}
      save={async (draft) => {
        const saved = entry
          ? await update.mutateAsync({ params: { id: entry.id }, body: draft })
          : await create.mutateAsync({ body: { integration_id: integrationId, ...draft } })
        toast.success(sayApplied(`Saved ${saved.level_name}.`, saved))
      }}
    >
      {(draft, change) => (
        <>
          <TextField
            label="Name"
            required
            value={draft.level_name}
            onChange={(event) => change({ level_name: event.target.value })}
          />
          <TextField
            label="Level number"
            required
            type="number"
            value={draft.level_number}
            onChange={(event) => change({ level_number: event.target.valueAsNumber })}
          />
          <TextField
            label="Description"
            value={draft.description ?? ''}
            onChange={(event) => change({ description: event.target.value || null })}
          />
        </>
      )}
    </EntryModal>
  )
}

function Deletion({
  entry,
  others,
  onClose,
}: {
  readonly entry: Hierarchy
  readonly others: readonly Hierarchy[]
  readonly onClose: () => void
}) {
  const dependencies = useAnswer('hierarchyDependencies', { params: { id: entry.id } })
  const removal = useRemoval('deleteHierarchy', entry.id, SPOILS)
  return (
    <DependencyModal
      name={entry.level_name}
      dependencies={dependencies}
      others={others.filter(({ id }) => id !== entry.id).map((other) => ({ id: other.id, name: other.level_name }))}
      removal={removal}
      onClose={onClose}
    />
  )
}
