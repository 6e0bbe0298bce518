import { type FormEvent, useState } from 'react'
import type { Integration } from '#contract/integrations.ts'
import { Refusal } from '../api/refusal.ts'
import { useAction, useAnswer } from '../api/use-api.ts'
import { Button } from '../parts/button.tsx'
import { AreaField, SelectField, TextField } from '../parts/field.tsx'
import { Modal, ModalActions } from '../parts/modal.tsx'
import { Failed, Trouble } from '../parts/states.tsx'
import { readJsonObject } from './read-json-object.ts'

const EMPTY = { name: '', type: '', base_url: '', username: '', credentials: '', settings: '{}', logo_filename: '' }
type Draft = typeof EMPTY

const orNull = (text: string): string | null => (text.trim() === '' ? null : text.trim())

function draftOf(integration: Integration | undefined): Draft {
  if (!integration) return EMPTY
  return {
    name: integration.name,
    type: integration.type ?? '',
    base_url: integration.base_url ?? '',
    username: integration.username ?? '',
    credentials: '',
    settings: JSON.stringify(integration.settings, null, 2),
    logo_filename: integration.logo_filename ?? '',
  }
}

/** Adds an account, or changes one. Credentials that are left empty stay what they are. */
export function IntegrationModal({
  integration,
  onClose,
}: {
  readonly integration?: Integration
  readonly onClose: () => void
}) {
  const [draft, setDraft] = useState(() => draftOf(integration))
  const connectors = useAnswer('listConnectors', {})
  const options = {
    spoils: ['listIntegrations', 'listJobs'],
    success: () => `Saved ${draft.name}.`,
    quiet: true,
  } as const
  const create = useAction('createIntegration', options)
  const update = useAction('updateIntegration', options)

  const credentials = readJsonObject(draft.credentials.trim() === '' ? '{}' : draft.credentials)
  const settings = readJsonObject(draft.settings)
  const error = create.error ?? update.error
  const refused = (path: string): string | undefined =>
    error instanceof Refusal ? error.problem.issues?.find((issue) => issue.path.startsWith(path))?.message : undefined
  const bind = (key: keyof Draft) => ({
    value: draft[key],
    error: refused(key),
    onChange: (event: { readonly currentTarget: { readonly value: string } }) =>
      setDraft({ ...draft, [key]: event.currentTarget.value }),
  })

  const submit = (event: FormEvent): void => {
    event.preventDefault()
    const body = {
      name: draft.name,
      type: draft.type,
      base_url: orNull(draft.base_url),
      username: orNull(draft.username),
      settings: settings.value ?? {},
      logo_filename: orNull(draft.logo_filename),
      ...(draft.credentials.trim() !== '' && credentials.value && { credentials: credentials.value }),
    }
    if (integration) update.mutate({ params: { id: integration.id }, body }, { onSuccess: onClose })
    else create.mutate({ body }, { onSuccess: onClose })
  }
  return (
    <Modal
      title={integration ? `Edit ${integration.name}` : 'Add integration'}
      about="An account at a provider that jobs read"
      onClose={onClose}
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <TextField label="Name" required {...bind('name')} />
        <SelectField label="Kind" required {...bind('type')}>
          <option value="">Choose a connector</option>
          {connectors.data?.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </SelectField>
        <Trouble query={connectors} about="There is nothing to choose from." />
        <TextField label="Base URL" type="url" placeholder="https://your-site.example.com" {...bind('base_url')} />
        <TextField label="User name" autoComplete="off" {...bind('username')} />
        <AreaField
          label="Credentials (JSON)"
          rows={2}
          spellCheck={false}
          placeholder={'{ "apiToken": "…" }'}
          hint={
            integration?.has_credentials
              ? 'Stored. Leave empty to keep them.'
              : 'By the names that the connector gives them.'
          }
          {...bind('credentials')}
          error={credentials.error ?? refused('credentials')}
        />
        <AreaField
          label="Settings (JSON)"
          rows={4}
          spellCheck={false}
          {...bind('settings')}
          error={settings.error ?? refused('settings')}
        />
        <TextField
          label="Logo"
          placeholder="jira.svg"
          hint="A file of the dashboard’s folder “logos”."
          {...bind('logo_filename')}
        />
        {error && <Failed error={error} />}
        <ModalActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            look="main"
            busy={create.isPending || update.isPending}
            disabled={credentials.error !== undefined || settings.error !== undefined}
          >
            {integration ? 'Save changes' : 'Add integration'}
          </Button>
        </ModalActions>
      </form>
    </Modal>
  )
}
