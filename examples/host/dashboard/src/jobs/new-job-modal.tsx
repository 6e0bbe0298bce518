import { toast } from 'sonner'
import { useAction, useAnswer } from '../api/use-api.ts'
import { EntryModal } from '../configuration/entry-modal.tsx'
import { SelectField, TextField } from '../parts/field.tsx'
import { Trouble } from '../parts/states.tsx'
import { AccountField } from './account-field.tsx'

/** Adds a job: a connector that reads an account as often as its settings say. */
export function NewJobModal({ onClose }: { readonly onClose: () => void }) {
  const connectors = useAnswer('listConnectors', {})
  const create = useAction('createJob', { spoils: ['listJobs', 'listIntegrations'], quiet: true })
  return (
    <EntryModal
      title="Add job"
      about="It mirrors one account, every six hours until its settings say otherwise"
      initial={{ job_name: '', connector: '', integration_id: null as number | null, active: true }}
      onClose={onClose}
      save={async (draft) => {
        const { job_name } = await create.mutateAsync({ body: draft })
        toast.success(`Added ${job_name}.`)
      }}
    >
      {(draft, change) => (
        <>
          <TextField
            label="Name"
            required
            value={draft.job_name}
            onChange={(event) => change({ job_name: event.target.value })}
          />
          <SelectField
            label="Connector"
            required
            value={draft.connector}
            onChange={(event) => change({ connector: event.target.value, integration_id: null })}
          >
            <option value="">Choose a connector</option>
            {connectors.data?.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </SelectField>
          <Trouble query={connectors} about="There is nothing to choose from." />
          <AccountField
            connector={draft.connector}
            value={draft.integration_id}
            onChange={(integration_id) => change({ integration_id })}
          />
          <label className="flex items-center gap-2.5 text-sm font-medium">
            <input
              type="checkbox"
              checked={draft.active}
              onChange={(event) => change({ active: event.target.checked })}
              className="size-4 accent-(--color-1)"
            />
            Switched on: it runs at once, and then as scheduled
          </label>
        </>
      )}
    </EntryModal>
  )
}
