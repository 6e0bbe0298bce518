import { CircleDot, Plus } from 'lucide-react'
import { useState } from 'react'
import { toast } from 'sonner'
import { STATUS_CATEGORIES, type StatusMapping, statusCategory } from '#contract/statuses.ts'
import type { Workflow } from '#contract/workflows.ts'
import { useAction, useAnswer } from '../api/use-api.ts'
import { sayApplied } from '../configuration/applied.ts'
import { CATEGORY_LOOKS } from '../configuration/category-looks.ts'
import { DependencyModal } from '../configuration/dependency-modal.tsx'
import { Discovered } from '../configuration/discovered.tsx'
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

const SPOILS = ['listStatusMappings', 'listStatuses'] as const
type Open = { readonly kind: 'edit' | 'delete'; readonly entry: StatusMapping } | { readonly kind: 'create' }

export default function StatusesPage() {
  return (
    <>
      <PageHead title="Statuses">
        How statuses are called, what they count as, and which step of the workflow they are.
      </PageHead>
      <IntegrationChoice>
        {(integrationId) => <List key={integrationId} integrationId={integrationId} />}
      </IntegrationChoice>
    </>
  )
}

function List({ integrationId }: { readonly integrationId: number }) {
  const list = useAnswer('listStatusMappings', { query: { integration_id: integrationId } })
  const steps = useAnswer('listWorkflows', { query: { integration_id: integrationId } })
  const found = useAnswer('listStatuses', { query: { integration_id: integrationId } })
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
            <Empty icon={CircleDot} title="Nothing is mapped yet" action={add}>
              Without a mapping, statuses keep the provider’s names and categories.
            </Empty>
          ) : (
            <div className="flex flex-col gap-4">
              <div className="flex justify-end">{add}</div>
              <Table caption="Statuses" heads={['Status', 'Called', 'Category', 'Workflow step', '']}>
                {entries.map((entry) => (
                  <tr key={entry.id}>
                    <Cell className="font-medium">{entry.status_from}</Cell>
                    <Cell>{entry.status_to}</Cell>
                    <Cell>
                      <Badge look={CATEGORY_LOOKS[entry.status_category]}>{entry.status_category}</Badge>
                    </Cell>
                    <Cell className="text-soft">
                      {steps.data?.find(({ id }) => id === entry.workflow_id)?.step_name ?? '–'}
                    </Cell>
                    <Cell>
                      <EntryActions
                        name={entry.status_from}
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
      <Discovered title="Statuses that were read" query={found} />
      {(open?.kind === 'create' || open?.kind === 'edit') && (
        <Form
          integrationId={integrationId}
          {...(open.kind === 'edit' && { entry: open.entry })}
          steps={steps.data ?? []}
          onClose={close}
        />
      )}
      {open?.kind === 'delete' && <Deletion entry={open.entry} others={list.data ?? []} onClose={close} />}
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
  onClose,
}: {
  readonly integrationId: number
  readonly entry?: StatusMapping
  readonly steps: readonly Workflow[]
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
      save={async (draft) => {
        const saved = entry
          ? await update.mutateAsync({ params: { id: entry.id }, body: draft })
          : await create.mutateAsync({ body: { integration_id: integrationId, ...draft } })
        toast.success(sayApplied(`Saved ${saved.status_from}.`, saved))
      }}
    >
      {(draft, change) => (
        <>
          <TextField
            label="Status at the provider"
            required
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

function Deletion({
  entry,
  others,
  onClose,
}: {
  readonly entry: StatusMapping
  readonly others: readonly StatusMapping[]
  readonly onClose: () => void
}) {
  const dependencies = useAnswer('statusMappingDependencies', { params: { id: entry.id } })
  const removal = useRemoval('deleteStatusMapping', entry.id, SPOILS)
  return (
    <DependencyModal
      name={entry.status_from}
      dependencies={dependencies}
      others={others.filter(({ id }) => id !== entry.id).map((other) => ({ id: other.id, name: other.status_from }))}
      removal={removal}
      onClose={onClose}
    />
  )
}
