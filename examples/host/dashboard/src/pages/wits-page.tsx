import { Layers } from 'lucide-react'
import { toast } from 'sonner'
import type { Hierarchy } from '#contract/hierarchies.ts'
import type { WitMapping } from '#contract/wits.ts'
import { useAction, useAnswer } from '../api/use-api.ts'
import { sayApplied } from '../configuration/applied.ts'
import { Discovered } from '../configuration/discovered.tsx'
import { EntryList } from '../configuration/entry-list.tsx'
import { EntryModal } from '../configuration/entry-modal.tsx'
import { IntegrationChoice } from '../configuration/integration-choice.tsx'
import { SelectField, TextField } from '../parts/field.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { given } from '../parts/states.tsx'

const SPOILS = ['listWitMappings', 'listWits'] as const

export default function WitsPage() {
  return (
    <>
      <PageHead title="Work item types">
        How types of work items are called, and which level of the hierarchy they are.
      </PageHead>
      <IntegrationChoice type="jira">
        {(integrationId) => <List key={integrationId} integrationId={integrationId} />}
      </IntegrationChoice>
    </>
  )
}

function List({ integrationId }: { readonly integrationId: number }) {
  const mappings = useAnswer('listWitMappings', { query: { integration_id: integrationId } })
  const hierarchies = useAnswer('listHierarchies', { query: { integration_id: integrationId } })
  const levels = hierarchies.data ?? []
  const found = useAnswer('listWits', { query: { integration_id: integrationId } })
  return (
    <>
      <EntryList
        kind="wits"
        query={given(mappings, hierarchies)}
        caption="Work item types"
        icon={Layers}
        addition="Add mapping"
        none={{
          title: 'Nothing is mapped yet',
          hint: 'Without a mapping, types keep the provider’s names and levels.',
        }}
        nameOf={(entry) => entry.wit_from}
        columns={[
          { head: 'Type', look: 'font-medium', cell: (entry) => entry.wit_from },
          { head: 'Called', cell: (entry) => entry.wit_to },
          {
            head: 'Level',
            look: 'text-soft',
            cell: (entry) => levels.find(({ id }) => id === entry.wits_hierarchy_id)?.level_name ?? '–',
          },
        ]}
        form={(entry, onClose) => (
          <Form
            integrationId={integrationId}
            entry={entry}
            levels={levels}
            names={found.data?.map((type) => type.name) ?? []}
            onClose={onClose}
          />
        )}
      />
      <Discovered title="Types that were read" query={found} />
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
  names,
  onClose,
}: {
  readonly integrationId: number
  readonly entry: WitMapping | undefined
  readonly levels: readonly Hierarchy[]
  /** Of the types that were read. */
  readonly names: readonly string[]
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
      save={async (draft, changes) => {
        const saved = entry
          ? await update.mutateAsync({ params: { id: entry.id }, body: changes })
          : await create.mutateAsync({ body: { integration_id: integrationId, ...draft } })
        toast.success(sayApplied(`Saved ${saved.wit_from}.`, saved))
      }}
    >
      {(draft, change) => (
        <>
          <TextField
            label="Type at the provider"
            required
            suggestions={names}
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
