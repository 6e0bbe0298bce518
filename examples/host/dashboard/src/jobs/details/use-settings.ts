import type { z } from 'zod'
import { useAnswer } from '../../api/use-api.ts'
import type { Answered } from '../../parts/states.tsx'

/** The settings of an account, as far as they are what the schema says; no data until they are there. */
export function useSettings<Schema extends z.ZodType>(
  integrationId: number | null,
  schema: Schema,
): Answered<z.output<Schema>> {
  const { data, error, failureReason, refetch } = useAnswer('listIntegrations', {})
  const read = schema.safeParse(data?.find(({ id }) => id === integrationId)?.settings)
  return { data: read.success ? read.data : undefined, error, failureReason, refetch }
}
