import { useState } from 'react'
import type { CustomFieldValues } from '#contract/custom-field-values.ts'
import {
  type CustomField,
  type CustomFieldMapping,
  MAPPED_COLUMNS,
  NUMBERED_FIELDS,
  SPECIAL_FIELDS,
} from '#contract/custom-fields.ts'
import { useAction, useAnswer } from '../api/use-api.ts'
import { sayApplied } from '../configuration/applied.ts'
import { IntegrationChoice } from '../configuration/integration-choice.tsx'
import { Button } from '../parts/button.tsx'
import { SelectField } from '../parts/field.tsx'
import { PageHead, Panel } from '../parts/page-head.tsx'
import { Answer, Trouble } from '../parts/states.tsx'
import { counted, whole } from '../parts/words.ts'
import { useSession } from '../session/session.tsx'

const SPECIAL_NAMES: Readonly<Record<string, string>> = {
  team: 'Team',
  code_changed: 'Code changed',
  story_points: 'Story points',
}

export default function CustomFieldsPage() {
  return (
    <>
      <PageHead title="Custom fields">
        Which field of the provider fills which column of work items. What is not mapped is kept beside them, and
        nothing is lost.
      </PageHead>
      <IntegrationChoice type="jira">
        {(integrationId) => <Mapping key={integrationId} integrationId={integrationId} />}
      </IntegrationChoice>
    </>
  )
}

function Mapping({ integrationId }: { readonly integrationId: number }) {
  const query = { integration_id: integrationId }
  const fields = useAnswer('listCustomFields', { query })
  const mapping = useAnswer('showCustomFieldMapping', { query })
  const values = useAnswer('showCustomFieldValues', { query })
  const sync = useAction('syncCustomFields', {
    spoils: ['listCustomFields', 'listJobs'],
    success: ({ message }) => message,
  })
  const { may } = useSession()
  return (
    <div className="flex flex-col gap-6">
      <Panel>
        <div className="flex flex-wrap items-center justify-between gap-4">
          <p className="text-soft">{fields.data && sayDiscovered(fields.data)}</p>
          <Button
            busy={sync.isPending}
            disabled={!may('operator')}
            onClick={() => sync.mutate({ body: { integration_id: integrationId } })}
          >
            Queue for Extraction &amp; Transform
          </Button>
        </div>
      </Panel>
      <Trouble
        query={values}
        about="Mappings can be changed, but what is in the columns by now cannot be shown. Try again, or look at the work items."
      />
      <Answer query={fields}>
        {(found) => (
          <Answer query={mapping}>
            {(current) => (
              <Columns key={current.last_updated_at} fields={found} mapping={current} values={values.data} />
            )}
          </Answer>
        )}
      </Answer>
    </div>
  )
}

function Columns({
  fields,
  mapping,
  values,
}: {
  readonly fields: readonly CustomField[]
  readonly mapping: CustomFieldMapping
  readonly values: CustomFieldValues | undefined
}) {
  const [draft, setDraft] = useState<Readonly<Record<string, string | undefined>>>(mapping.fields)
  const save = useAction('saveCustomFieldMapping', {
    spoils: ['showCustomFieldMapping', 'listCustomFields'],
    success: (saved) => sayApplied('Saved the mapping.', saved),
  })
  const { may } = useSession()
  const isChanged = MAPPED_COLUMNS.some((column) => draft[column] !== mapping.fields[column])
  const taken = new Set(Object.values(draft))
  const choice = (column: string, label: string) => (
    <SelectField
      key={column}
      label={label}
      hint={draft[column] && mapping.fields[column] === draft[column] ? sayValues(values, column) : undefined}
      value={draft[column] ?? ''}
      onChange={(event) => setDraft({ ...draft, [column]: event.target.value || undefined })}
    >
      <option value="">Not mapped</option>
      {fields.map((field) => (
        <option key={field.id} value={field.id} disabled={taken.has(field.id) && draft[column] !== field.id}>
          {field.name} ({field.external_id}, {field.field_type})
        </option>
      ))}
    </SelectField>
  )
  const submit = (): void => {
    const chosen = Object.fromEntries(Object.entries(draft).filter(([, id]) => id !== undefined))
    save.mutate({ query: { integration_id: mapping.integration_id }, body: { fields: chosen } })
  }
  return (
    <>
      <Panel title="Special fields">
        <div className="grid gap-x-5 gap-y-2 sm:grid-cols-3">
          {SPECIAL_FIELDS.map((column) => choice(column, SPECIAL_NAMES[column] ?? column))}
        </div>
      </Panel>
      <Panel title="Columns">
        <div className="grid gap-x-5 gap-y-2 sm:grid-cols-2 xl:grid-cols-4">
          {NUMBERED_FIELDS.map((column, index) => choice(column, `Custom field ${String(index + 1).padStart(2, '0')}`))}
        </div>
      </Panel>
      <div className="sticky bottom-0 -mx-1 flex items-center justify-end gap-4 bg-ground/90 px-1 py-3 backdrop-blur">
        {isChanged && <span className="text-sm text-soft">Not saved yet</span>}
        <Button
          look="main"
          className="h-11 px-6"
          busy={save.isPending}
          disabled={!isChanged || !may('operator')}
          onClick={submit}
        >
          Save mapping
        </Button>
      </div>
    </>
  )
}

function sayDiscovered(fields: readonly CustomField[]): string {
  if (fields.length === 0) return 'No fields discovered yet: queue the discovery, and choose from what it finds.'
  const mapped = fields.filter((field) => field.mapped_to !== null).length
  return `${counted(fields.length, 'field')} discovered, ${whole(mapped)} of them in a column. The others are in the overflow.`
}

/** What is in a column by now, so that one sees whether the field was the one that was meant. */
function sayValues(values: CustomFieldValues | undefined, column: string): string | undefined {
  if (!values) return undefined
  if (values.looked_at === 0) return 'No work items yet: run the job of this account once.'
  const found = values.columns.find((each) => each.column === column)
  if (!found) return `empty in the ${whole(values.looked_at)} latest items`
  return `filled in ${whole(found.filled)} of the ${whole(values.looked_at)} latest items: ${found.samples.join(', ')}`
}
