import { Pencil, Plug, PlugZap, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { Integration } from '#contract/integrations.ts'
import { useAction, useAnswer } from '../api/use-api.ts'
import { CheckResult } from '../integrations/check-result.tsx'
import { IntegrationModal } from '../integrations/integration-modal.tsx'
import { Badge } from '../parts/badge.tsx'
import { Button, IconButton } from '../parts/button.tsx'
import { Confirm } from '../parts/confirm.tsx'
import { AccountLogo } from '../parts/logo.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Answer, Empty } from '../parts/states.tsx'
import { Switch } from '../parts/switch.tsx'
import { counted } from '../parts/words.ts'
import { useSession } from '../session/session.tsx'

type Open = { readonly kind: 'edit' | 'delete'; readonly integration: Integration } | { readonly kind: 'create' }

export default function IntegrationsPage() {
  const list = useAnswer('listIntegrations', {})
  const [open, setOpen] = useState<Open | null>(null)
  const { may } = useSession()
  const close = (): void => setOpen(null)
  const add = may('admin') && (
    <Button look="main" onClick={() => setOpen({ kind: 'create' })}>
      <Plus aria-hidden className="size-4" /> Add integration
    </Button>
  )
  return (
    <>
      <PageHead title="Integrations" actions={add}>
        Accounts at providers that jobs read. Credentials are stored encrypted and are never shown again.
      </PageHead>
      <Answer query={list}>
        {(integrations) =>
          integrations.length === 0 ? (
            <Empty icon={Plug} title="No accounts yet" action={add}>
              Add the address and a token of your Jira site or your GitHub organisation, and check the connection before
              the first run.
            </Empty>
          ) : (
            <ul className="grid gap-5 lg:grid-cols-2">
              {integrations.map((integration) => (
                <li key={integration.id}>
                  <Card
                    integration={integration}
                    onEdit={() => setOpen({ kind: 'edit', integration })}
                    onDelete={() => setOpen({ kind: 'delete', integration })}
                  />
                </li>
              ))}
            </ul>
          )
        }
      </Answer>
      {open?.kind === 'create' && <IntegrationModal onClose={close} />}
      {open?.kind === 'edit' && <IntegrationModal integration={open.integration} onClose={close} />}
      {open?.kind === 'delete' && <Deletion integration={open.integration} onClose={close} />}
    </>
  )
}

function Card(props: {
  readonly integration: Integration
  readonly onEdit: () => void
  readonly onDelete: () => void
}) {
  const { integration } = props
  const { may } = useSession()
  const check = useAction('checkIntegration', { spoils: [] })
  const toggle = useAction('toggleIntegration', {
    spoils: ['listIntegrations', 'listJobs'],
    success: ({ message }) => message,
  })
  const params = { id: integration.id }
  return (
    <article
      aria-label={`Integration ${integration.name}`}
      className="flex h-full flex-col rounded-2xl border border-line bg-panel p-5 shadow-lift"
    >
      <div className="flex items-start gap-3.5">
        <AccountLogo file={integration.logo_filename} type={integration.type} name={integration.name} />
        <div className="min-w-0 flex-1">
          <h2 className="truncate text-lg font-semibold">{integration.name}</h2>
          <p className="truncate text-sm text-soft">{integration.base_url ?? 'the provider’s own address'}</p>
        </div>
        <Switch
          label={`${integration.name} is switched on`}
          on={integration.active}
          disabled={toggle.isPending || !may('operator')}
          onChange={(active) => toggle.mutate({ params, body: { active } })}
        />
      </div>
      <div className="mt-4 flex flex-wrap gap-2">
        <Badge>{integration.type ?? 'unknown kind'}</Badge>
        <Badge look={integration.has_credentials ? 'good' : 'warn'}>
          {integration.has_credentials ? 'credentials stored' : 'no credentials'}
        </Badge>
        <Badge>{counted(integration.jobs, 'job')}</Badge>
      </div>
      {check.data && <CheckResult result={check.data} />}
      <div className="mt-auto flex items-center gap-2 pt-5">
        <Button busy={check.isPending} disabled={!may('operator')} onClick={() => check.mutate({ params })}>
          <PlugZap aria-hidden className="size-4" /> Check connection
        </Button>
        {may('admin') && (
          <span className="ml-auto flex">
            <IconButton label={`Edit ${integration.name}`} onClick={props.onEdit}>
              <Pencil aria-hidden className="size-4" />
            </IconButton>
            <IconButton label={`Delete ${integration.name}`} onClick={props.onDelete}>
              <Trash2 aria-hidden className="size-4" />
            </IconButton>
          </span>
        )}
      </div>
    </article>
  )
}

function Deletion({ integration, onClose }: { readonly integration: Integration; readonly onClose: () => void }) {
  const remove = useAction('deleteIntegration', {
    spoils: ['listIntegrations', 'listJobs'],
    success: ({ deleted }) =>
      `Deleted ${integration.name} with ${counted(
        Object.values(deleted).reduce((sum, rows) => sum + rows, 0),
        'row',
      )}.`,
  })
  return (
    <Confirm
      title={`Delete ${integration.name}?`}
      action="Delete it and its data"
      busy={remove.isPending}
      onClose={onClose}
      onConfirm={() => remove.mutate({ params: { id: integration.id } }, { onSuccess: onClose })}
    >
      Everything that was read from it goes with it: rows, raw records, vectors and mappings. Runs that read it are
      cancelled. This cannot be taken back.
    </Confirm>
  )
}
