import { Layers, Plus } from 'lucide-react'
import { useState } from 'react'
import { toast } from 'sonner'
import type { Hierarchy } from '#contract/hierarchies.ts'
import type { WitMapping } from '#contract/wits.ts'
import { useAction, useAnswer } from '../api/use-api.ts'
import { sayApplied } from '../configuration/applied.ts'
import { DependencyModal } from '../configuration/dependency-modal.tsx'
import { Discovered } from '../configuration/discovered.tsx'
import { EntryActions } from '../configuration/entry-actions.tsx'
import { EntryModal } from '../configuration/entry-modal.tsx'
import { IntegrationChoice } from '../configuration/integration-choice.tsx'
import { useRemoval } from '../configuration/use-removal.ts'
import { Button } from '../parts/button.tsx'
import { SelectField, TextField } from '../parts/field.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Answer, Empty } from '../parts/states.tsx'
import { Cell, Table } from '../parts/table.tsx'
import { useSession } from '../session/session.tsx'

const SPOILS = ['listWitMappings', 'listWits'] as const
type Open = { readonly kind: 'edit' | 'delete'; readonly entry: WitMapping } | { readonly kind: 'create' }

export default function WitsPage() {
  return (
    <>
      <PageHead title="Work item types">
        How types of work items are called, and which level of the hierarchy they are.
      </PageHead>
      <IntegrationChoice>
        {(integrationId) => <List key={integrationId} integrationId={integrationId} />}
      </IntegrationChoice>
    </>
  )
}

function List({ integrationId }: { readonly integrationId: number }) {
  const list = useAnswer('listWitMappings', { query: { integration_id: integrationId } })
  const levels = useAnswer('listHierarchies', { query: { integration_id: integrationId } })
  const found = useAnswer('listWits', { query: { integration_id: integrationId } })
  const [open, setOpen] = useState<Open | null>(null)
  const { may } = useSession()
  const close = (): void => setOpen(null)
  const add = may('operator') && (
    <Button look="main" onClick={() => setOpen({ kind: 'create' })}>
      <Plus aria-hidden className="size-4" /> Add mapping
    </Button>
  )
  return (
    <>
      <Answer query={list}>
        {(entries) =>
          entries.length === 0 ? (
            <Empty icon={Layers} title="Nothing is mapped yet" action={add}>
              Without a mapping, types keep the provider’s names and levels.
            </Empty>
          ) : (
            <div className="flex flex-col gap-4">
              <div className="flex justify-end">{add}</div>
              <Table caption="Work item types" heads={['Type', 'Called', 'Level', '']}>
                {entries.map((entry) => (
                  <tr key={entry.id}>
                    <Cell className="font-medium">{entry.wit_from}</Cell>
                    <Cell>{entry.wit_to}</Cell>
                    <Cell className="text-soft">
                      {levels.data?.find(({ id }) => id === entry.wits_hierarchy_id)?.level_name ?? '–'}
                    </Cell>
                    <Cell>
                      <EntryActions
                        name={entry.wit_from}
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
      <Discovered title="Types that were read" query={found} />
      {(open?.kind === 'create' || open?.kind === 'edit') && (
        <Form
          integrationId={integrationId}
          {...(open.kind === 'edit' && { entry: open.entry })}
          levels={levels.data ?? []}
          onClose={close}
        />
      )}
      {open?.kind === 'delete' && <Deletion entry={open.entry} others={list.data ?? []} onClose={close} />}
    </>
  )
}

const EMPTY: Omit<WitMapping, 'id' | 'integration_id' | 'active'> = {
  wit_from: '',
  wit_to: '',
  wits_hierarchy_id: null,
}

function Form({
  integrationId,
  entry,
  levels,
  onClose,
}: {
  readonly integrationId: number
  readonly entry?: WitMapping
  readonly levels: readonly Hierarchy[]
  readonly onClose: () => void
}) {
  const create = useAction('createWitMapping', { spoils: SPOILS, quiet: true })
  const update = useAction('updateWitMapping', { spoils: SPOILS, quiet: true })
  return (
    <EntryModal
      title={entry ? `Edit ${entry.wit_from}` : 'Add mapping'}
      about="A change is applied to what is stored"
      initial={
        entry ? { wit_from: entry.wit_from, wit_to: entry.wit_to, wits_hierarchy_id: entry.wits_hierarchy_id } : EMPTY
      }
      onClose={onClose}
      save={async (draft) => {
        const saved = entry
          ? await update.mutateAsync({ params: { id: entry.id }, body: draft })
          : await create.mutateAsync({ body: { integration_id: integrationId, ...draft } })
        toast.success(sayApplied(`Saved ${saved.wit_from}.`, saved))
      }}
    >
      {(draft, change) => (
        <>
          <TextField
            label="Type at the provider"
            required
            value={draft.wit_from}
            onChange={(event) => change({ wit_from: event.target.value })}
          />
          <TextField
            label="Called"
            required
            value={draft.wit_to}
            onChange={(event) => change({ wit_to: event.target.value })}
          />
          <SelectField
            label="Level"
            value={draft.wits_hierarchy_id ?? ''}
            onChange={(event) => change({ wits_hierarchy_id: event.target.value || null })}
          >
            <option value="">None</option>
            {levels.map((level) => (
              <option key={level.id} value={level.id}>
                {level.level_name} ({level.level_number})
              </option>
            ))}
          </SelectField>
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
  readonly entry: WitMapping
  readonly others: readonly WitMapping[]
  readonly onClose: () => void
}) {
  const dependencies = useAnswer('witMappingDependencies', { params: { id: entry.id } })
  const removal = useRemoval('deleteWitMapping', entry.id, SPOILS)
  return (
    <DependencyModal
      name={entry.wit_from}
      dependencies={dependencies}
      others={others.filter(({ id }) => id !== entry.id).map((other) => ({ id: other.id, name: other.wit_from }))}
      removal={removal}
      onClose={onClose}
    />
  )
}
