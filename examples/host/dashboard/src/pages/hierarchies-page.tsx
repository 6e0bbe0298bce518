import { ListTree } from 'lucide-react'
import { toast } from 'sonner'
import type { Hierarchy } from '#contract/hierarchies.ts'
import { useAction, useAnswer } from '../api/use-api.ts'
import { sayApplied } from '../configuration/applied.ts'
import { EntryList } from '../configuration/entry-list.tsx'
import { EntryModal } from '../configuration/entry-modal.tsx'
import { IntegrationChoice } from '../configuration/integration-choice.tsx'
import { TextField } from '../parts/field.tsx'
import { PageHead } from '../parts/page-head.tsx'

const SPOILS = ['listHierarchies', 'listWitMappings'] as const

export default function HierarchiesPage() {
  return (
    <>
      <PageHead title="Hierarchies">
        Levels of work items: 0 is what people work on, -1 its parts, and more is above.
      </PageHead>
      <IntegrationChoice type="jira">
        {(integrationId) => <List key={integrationId} integrationId={integrationId} />}
      </IntegrationChoice>
    </>
  )
}

function List({ integrationId }: { readonly integrationId: number }) {
  const list = useAnswer('listHierarchies', { query: { integration_id: integrationId } })
  return (
    <EntryList
      kind="hierarchies"
      query={list}
      caption="Hierarchies"
      icon={ListTree}
      addition="Add level"
      none={{
        title: 'No levels yet',
        hint: 'Add the levels that you speak of, then say on the page of work item types which type is on which.',
      }}
      nameOf={(entry) => entry.level_name}
      columns={[
        { head: 'Level', cell: (entry) => entry.level_number },
        { head: 'Name', look: 'font-medium', cell: (entry) => entry.level_name },
        { head: 'Description', look: 'text-soft', cell: (entry) => entry.description ?? '–' },
      ]}
      form={(entry, onClose) => <Form integrationId={integrationId} entry={entry} onClose={onClose} />}
    />
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
  readonly entry: Hierarchy | undefined
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
      save={async (draft, changes) => {
        const saved = entry
          ? await update.mutateAsync({ params: { id: entry.id }, body: changes })
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
