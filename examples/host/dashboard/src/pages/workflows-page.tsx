import { Plus, Workflow } from 'lucide-react'
import { useState } from 'react'
import { toast } from 'sonner'
import { STATUS_CATEGORIES, statusCategory } from '#contract/statuses.ts'
import type { Workflow as WorkflowStep } from '#contract/workflows.ts'
import { useAction, useAnswer } from '../api/use-api.ts'
import { sayApplied } from '../configuration/applied.ts'
import { CATEGORY_LOOKS } from '../configuration/category-looks.ts'
import { DependencyModal } from '../configuration/dependency-modal.tsx'
import { EntryActions } from '../configuration/entry-actions.tsx'
import { EntryModal } from '../configuration/entry-modal.tsx'
import { IntegrationChoice } from '../configuration/integration-choice.tsx'
import { useRemoval } from '../configuration/use-removal.ts'
import { Badge } from '../parts/badge.tsx'
import { Button } from '../parts/button.tsx'
import { SelectField, TextField } from '../parts/field.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Answer, Empty } from '../parts/states.tsx'
import { Cell, Table } from '../parts/table.tsx'
import { useSession } from '../session/session.tsx'

const SPOILS = ['listWorkflows', 'listStatusMappings'] as const
type Open = { readonly kind: 'edit' | 'delete'; readonly entry: WorkflowStep } | { readonly kind: 'create' }

export default function WorkflowsPage() {
  return (
    <>
      <PageHead title="Workflows">
        Steps of how work flows. Statuses are mapped to them; lead time begins where work is committed to.
      </PageHead>
      <IntegrationChoice>
        {(integrationId) => <List key={integrationId} integrationId={integrationId} />}
      </IntegrationChoice>
    </>
  )
}

function List({ integrationId }: { readonly integrationId: number }) {
  const list = useAnswer('listWorkflows', { query: { integration_id: integrationId } })
  const [open, setOpen] = useState<Open | null>(null)
  const { may } = useSession()
  const close = (): void => setOpen(null)
  const add = may('operator') && (
    <Button look="main" onClick={() => setOpen({ kind: 'create' })}>
      <Plus aria-hidden className="size-4" /> Add step
    </Button>
  )
  return (
    <>
      <Answer query={list}>
        {(entries) =>
          entries.length === 0 ? (
            <Empty icon={Workflow} title="No steps yet" action={add}>
              Add the steps that work goes through, then map statuses to them.
            </Empty>
          ) : (
            <div className="flex flex-col gap-4">
              <div className="flex justify-end">{add}</div>
              <Table caption="Workflows" heads={['Order', 'Step', 'Category', 'Commitment', '']}>
                {entries.map((entry) => (
                  <tr key={entry.id}>
                    <Cell>{entry.step_number}</Cell>
                    <Cell className="font-medium">{entry.step_name}</Cell>
                    <Cell>
                      <Badge look={CATEGORY_LOOKS[entry.step_category]}>{entry.step_category}</Badge>
                    </Cell>
                    <Cell className="text-sm text-soft">
                      {entry.is_commitment_point ? 'lead time begins here' : ''}
                    </Cell>
                    <Cell>
                      <EntryActions
                        name={entry.step_name}
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
  readonly entry?: WorkflowStep
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
      save={async (draft) => {
        const saved = entry
          ? await update.mutateAsync({ params: { id: entry.id }, body: draft })
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

function Deletion({
  entry,
  others,
  onClose,
}: {
  readonly entry: WorkflowStep
  readonly others: readonly WorkflowStep[]
  readonly onClose: () => void
}) {
  const dependencies = useAnswer('workflowDependencies', { params: { id: entry.id } })
  const removal = useRemoval('deleteWorkflow', entry.id, SPOILS)
  return (
    <DependencyModal
      name={entry.step_name}
      dependencies={dependencies}
      others={others.filter(({ id }) => id !== entry.id).map((other) => ({ id: other.id, name: other.step_name }))}
      removal={removal}
      onClose={onClose}
    />
  )
}
