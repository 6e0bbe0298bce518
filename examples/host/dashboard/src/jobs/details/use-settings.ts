import type { z } from 'zod'
import { useAnswer } from '../../api/use-api.ts'

/** The settings of an account, as far as they are what the schema says; undefined until they are there. */
export function useSettings<Schema extends z.ZodType>(
  integrationId: number | null,
  schema: Schema,
): z.output<Schema> | undefined {
  const integrations = useAnswer('listIntegrations', {})
  const found = integrations.data?.find(({ id }) => id === integrationId)
  const read = schema.safeParse(found?.settings)
  return read.success ? read.data : undefined
}
