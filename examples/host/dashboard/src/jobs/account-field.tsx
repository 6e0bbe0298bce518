import { useAnswer } from '../api/use-api.ts'
import { SelectField } from '../parts/field.tsx'
import { Trouble } from '../parts/states.tsx'

/** Which account a job reads, of those of its connector. */
export function AccountField(props: {
  readonly connector: string
  readonly value: number | null
  readonly hint?: string | undefined
  readonly onChange: (integrationId: number | null) => void
}) {
  const integrations = useAnswer('listIntegrations', {})
  return (
    <>
      <SelectField
        label="Account"
        hint={props.hint}
        value={props.value ?? ''}
        onChange={(event) => props.onChange(event.target.value === '' ? null : Number(event.target.value))}
      >
        <option value="">None</option>
        {integrations.data
          ?.filter(({ type }) => type === props.connector)
          .map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
      </SelectField>
      <Trouble query={integrations} about="There is nothing to choose from." />
    </>
  )
}
