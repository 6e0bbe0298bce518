import { CircleDot } from 'lucide-react'
import { toast } from 'sonner'
import { STATUS_CATEGORIES, type StatusMapping, statusCategory } from '#contract/statuses.ts'
import type { Workflow } from '#contract/workflows.ts'
import { useAction, useAnswer } from '../api/use-api.ts'
import { sayApplied } from '../configuration/applied.ts'
import { CATEGORY_LOOKS } from '../configuration/category-looks.ts'
import { Discovered } from '../configuration/discovered.tsx'
import { EntryList } from '../configuration/entry-list.tsx'
import { EntryModal } from '../configuration/entry-modal.tsx'
import { IntegrationChoice } from '../configuration/integration-choice.tsx'
import { Badge } from '../parts/badge.tsx'
import { SelectField, TextField } from '../parts/field.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { given } from '../parts/states.tsx'

const SPOILS = ['listStatusMappings', 'listStatuses'] as const

export default function StatusesPage() {
  return (
    <>
      <PageHead title="Statuses">
        How statuses are called, what they count as, and which step of the workflow they are.
      </PageHead>
      <IntegrationChoice type="jira">
        {(integrationId) => <List key={integrationId} integrationId={integrationId} />}
      </IntegrationChoice>
    </>
  )
}

function List({ integrationId }: { readonly integrationId: number }) {
  const mappings = useAnswer('listStatusMappings', { query: { integration_id: integrationId } })
  const workflows = useAnswer('listWorkflows', { query: { integration_id: integrationId } })
  const steps = workflows.data ?? []
  const found = useAnswer('listStatuses', { query: { integration_id: integrationId } })
  return (
    <>
      <EntryList
        kind="statuses"
        query={given(mappings, workflows)}
        caption="Statuses"
        icon={CircleDot}
        addition="Add mapping"
        none={{
          title: 'Nothing is mapped yet',
          hint: 'Without a mapping, statuses keep the provider’s names and categories.',
        }}
        nameOf={(entry) => entry.status_from}
        columns={[
          { head: 'Status', look: 'font-medium', cell: (entry) => entry.status_from },
          { head: 'Called', cell: (entry) => entry.status_to },
          {
            head: 'Category',
            cell: (entry) => (
              <span className="flex flex-wrap gap-1.5">
                <Badge look={CATEGORY_LOOKS[entry.status_category]}>{entry.status_category}</Badge>
                {entry.role === 'review' && <Badge look="warn">review time</Badge>}
              </span>
            ),
          },
          {
            head: 'Workflow step',
            look: 'text-soft',
            cell: (entry) => steps.find(({ id }) => id === entry.workflow_id)?.step_name ?? '–',
          },
        ]}
        form={(entry, onClose) => (
          <Form
            integrationId={integrationId}
            entry={entry}
            steps={steps}
            names={found.data?.map((status) => status.name) ?? []}
            onClose={onClose}
          />
        )}
      />
      <Discovered title="Statuses that were read" query={found} />
    </>
  )
}

const EMPTY: Omit<StatusMapping, 'id' | 'integration_id' | 'active'> = {
  status_from: '',
  status_to: '',
  status_category: 'To Do',
  role: null,
  workflow_id: null,
}

function Form({
  integrationId,
  entry,
  steps,
  names,
  onClose,
}: {
  readonly integrationId: number
  readonly entry: StatusMapping | undefined
  readonly steps: readonly Workflow[]
  /** Of the statuses that were read. */
  readonly names: readonly string[]
  readonly onClose: () => void
}) {
  const create = useAction('createStatusMapping', { spoils: SPOILS, quiet: true })
  const update = useAction('updateStatusMapping', { spoils: SPOILS, quiet: true })
  return (
    <EntryModal
      title={entry ? `Edit ${entry.status_from}` : 'Add mapping'}
      about="A change is applied to what is stored"
      initial={
        entry
          ? {
              status_from: entry.status_from,
              status_to: entry.status_to,
              status_category: entry.status_category,
              role: entry.role,
              workflow_id: entry.workflow_id,
            }
          : EMPTY
      }
      onClose={onClose}
      save={async (draft, changes) => {
        const saved = entry
          ? await update.mutateAsync({ params: { id: entry.id }, body: changes })
          : await create.mutateAsync({ body: { integration_id: integrationId, ...draft } })
        toast.success(sayApplied(`Saved ${saved.status_from}.`, saved))
      }}
    >
      {(draft, change) => (
        <>
          <TextField
            label="Status at the provider"
            required
            suggestions={names}
            value={draft.status_from}
            onChange={(event) => change({ status_from: event.target.value })}
          />
          <TextField
            label="Called"
            required
            value={draft.status_to}
            onChange={(event) => change({ status_to: event.target.value })}
          />
          <SelectField
            label="Category"
            value={draft.status_category}
            onChange={(event) => change({ status_category: statusCategory.parse(event.target.value) })}
          >
            {STATUS_CATEGORIES.map((category) => (
              <option key={category}>{category}</option>
            ))}
          </SelectField>
          <SelectField
            label="Workflow step"
            value={draft.workflow_id ?? ''}
            onChange={(event) => change({ workflow_id: event.target.value || null })}
          >
            <option value="">None</option>
            {steps.map((step) => (
              <option key={step.id} value={step.id}>
                {step.step_name}
              </option>
            ))}
          </SelectField>
          <label className="flex items-center gap-2.5 text-sm font-medium">
            <input
              type="checkbox"
              checked={draft.role === 'review'}
              onChange={(event) => change({ role: event.target.checked ? 'review' : null })}
              className="size-4 accent-(--color-1)"
            />
            Time in this status is review time
          </label>
        </>
      )}
    </EntryModal>
  )
}
