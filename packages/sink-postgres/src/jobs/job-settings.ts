import { MillraceError } from '@millrace/core'
import { z } from 'zod'

/** A year. */
const LONGEST_INTERVAL = 525_600

const minutes = z.int().min(1).max(LONGEST_INTERVAL)

const settings = z
  .object({
    name: z.string().trim().min(1).max(200),
    connector: z.string().regex(/^[a-z][a-z0-9_]{0,58}$/, 'is not a snake_case name'),
    integrationId: z.int().positive().nullable(),
    scheduleIntervalMinutes: minutes,
    retryIntervalMinutes: minutes,
    active: z.boolean(),
  })
  .partial()

/** What people say about a job, or about a part of it. */
type Given = { readonly [Key in keyof z.input<typeof settings>]?: unknown }

/** @throws INVALID_CONFIG when a value cannot be; the names of what is wrong are told */
export function checkJobSettings(verb: string, given: Given): void {
  const parsed = settings.safeParse(given)
  if (parsed.success) return
  const reasons = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new MillraceError('INVALID_CONFIG', {
    message: `Failed to ${verb} the job: ${reasons.join('; ')}. Correct it and try again.`,
  })
}
