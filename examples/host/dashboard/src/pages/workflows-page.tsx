import { Workflow } from 'lucide-react'
import { toast } from 'sonner'
import { STATUS_CATEGORIES, statusCategory } from '#contract/statuses.ts'
import type { Workflow as WorkflowStep } from '#contract/workflows.ts'
import { useAction, useAnswer } from '../api/use-api.ts'
import { sayApplied } from '../configuration/applied.ts'
import { CATEGORY_LOOKS } from '../configuration/category-looks.ts'
import { EntryList } from '../configuration/entry-list.tsx'
import { EntryModal } from '../configuration/entry-modal.tsx'
import { IntegrationChoice } from '../configuration/integration-choice.tsx'
import { Badge } from '../parts/badge.tsx'
import { SelectField, TextField } from '../parts/field.tsx'
import { PageHead } from '../parts/page-head.tsx'

const SPOILS = ['listWorkflows', 'listStatusMappings'] as const

export default function WorkflowsPage() {
  return (
    <>
      <PageHead title="Workflows">
        Steps of how work flows. Statuses are mapped to them; lead time begins where work is committed to.
      </PageHead>
      <IntegrationChoice type="jira">
        {(integrationId) => <List key={integrationId} integrationId={integrationId} />}
      </IntegrationChoice>
    </>
  )
}

function List({ integrationId }: { readonly integrationId: number }) {
  const list = useAnswer('listWorkflows', { query: { integration_id: integrationId } })
  return (
    <EntryList
      kind="workflows"
      query={list}
      caption="Workflows"
      icon={Workflow}
      addition="Add step"
      none={{
        title: 'No steps yet',
        hint: 'Add the steps that work goes through, then map statuses to them.',
      }}
      nameOf={(entry) => entry.step_name}
      columns={[
        { head: 'Order', cell: (entry) => entry.step_number },
        { head: 'Step', look: 'font-medium', cell: (entry) => entry.step_name },
        {
          head: 'Category',
          cell: (entry) => <Badge look={CATEGORY_LOOKS[entry.step_category]}>{entry.step_category}</Badge>,
        },
        {
          head: 'Commitment',
          look: 'text-sm text-soft',
          cell: (entry) => (entry.is_commitment_point ? 'lead time begins here' : ''),
        },
      ]}
      form={(entry, onClose) => <Form integrationId={integrationId} entry={entry} onClose={onClose} />}
    />
  )
}

const EMPTY: Omit<WorkflowStep, 'id' | 'integration_id' | 'active'> = {
  step_name: '',
  step_number: 1,
  step_category: 'To Do',
  is_commitment_point: false,
}

function Form({
  integrationId,
  entry,
  onClose,
}: {
  readonly integrationId: number
  readonly entry: WorkflowStep | undefined
  readonly onClose: () => void
}) {
  const create = useAction('createWorkflow', { spoils: SPOILS, quiet: true })
  const update = useAction('updateWorkflow', { spoils: SPOILS, quiet: true })
  return (
    <EntryModal
      title={entry ? `Edit ${entry.step_name}` : 'Add step'}
      about="A change is applied to what is stored"
      initial={
        entry
          ? {
              step_name: entry.step_name,
              step_number: entry.step_number,
              step_category: entry.step_category,
              is_commitment_point: entry.is_commitment_point,
            }
          : EMPTY
      }
      onClose={onClose}
      save={async (draft, changes) => {
        const saved = entry
          ? await update.mutateAsync({ params: { id: entry.id }, body: changes })
          : await create.mutateAsync({ body: { integration_id: integrationId, ...draft } })
        toast.success(sayApplied(`Saved ${saved.step_name}.`, saved))
      }}
    >
      {(draft, change) => (
        <>
          <TextField
            label="Name"
            required
            value={draft.step_name}
            onChange={(event) => change({ step_name: event.target.value })}
          />
          <TextField
            label="Order"
            required
            type="number"
            value={draft.step_number}
            onChange={(event) => change({ step_number: event.target.valueAsNumber })}
          />
          <SelectField
            label="Category"
            value={draft.step_category}
            onChange={(event) => change({ step_category: statusCategory.parse(event.target.value) })}
          >
            {STATUS_CATEGORIES.map((category) => (
              <option key={category}>{category}</option>
            ))}
          </SelectField>
          <label className="flex items-center gap-2.5 text-sm font-medium">
            <input
              type="checkbox"
              checked={draft.is_commitment_point}
              onChange={(event) => change({ is_commitment_point: event.target.checked })}
              className="size-4 accent-(--color-1)"
            />
            Lead time begins when work enters this step
          </label>
        </>
      )}
    </EntryModal>
  )
}
