import { RUN_MODES } from '@millrace/core'
import { z } from 'zod'

/** Kinds of values that several commands take. */
export const id = z.coerce.number('must be a number').int('must be a whole number').positive('must be a number above 0')
export const limit = z.coerce
  .number('must be a number')
  .int()
  .min(1, 'must be at least 1')
  .max(1000, 'must be at most 1000')
export const time = z.coerce.date('must be a time like 2026-01-31T12:00:00Z')
export const names = z.string().transform((text) =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean),
)
export const mode = z.enum(
  Object.keys(RUN_MODES) as [keyof typeof RUN_MODES],
  `must be one of ${Object.keys(RUN_MODES).join(', ')}`,
)
export const NOTHING = z.object({})

/** Options by which dead letters are chosen. */
export const DEAD_LETTER_OPTIONS = [
  ['--job <id>', 'of this job'],
  ['--run <id>', 'of this run'],
  ['--integration <id>', 'of this integration'],
  ['--step <name>', 'of this step'],
  ['--type <type>', 'plan, extract, transform or embed'],
  ['--code <code>', 'that died of this error'],
  ['--transient', 'only those that the next run tries by itself'],
  ['--permanent', 'only those that wait for somebody'],
] as const

export const deadLetterFilter = z.object({
  ids: z.array(id).optional(),
  job: id.optional(),
  run: id.optional(),
  integration: id.optional(),
  step: z.string().optional(),
  type: z.enum(['plan', 'extract', 'transform', 'embed'], 'must be plan, extract, transform or embed').optional(),
  code: z.string().optional(),
  transient: z.boolean().optional(),
  permanent: z.boolean().optional(),
  all: z.boolean().optional(),
  reason: z.string().optional(),
})

/** The filter as the SDK takes it. */
export function filterOf(input: z.output<typeof deadLetterFilter>) {
  const transient = input.transient ? true : input.permanent ? false : undefined
  return {
    ...(input.ids && input.ids.length > 0 && { ids: input.ids }),
    ...(input.job !== undefined && { jobId: input.job }),
    ...(input.run !== undefined && { runId: input.run }),
    ...(input.integration !== undefined && { integrationId: input.integration }),
    ...(input.step !== undefined && { step: input.step }),
    ...(input.type !== undefined && { jobType: input.type }),
    ...(input.code !== undefined && { code: input.code }),
    ...(transient !== undefined && { transient }),
  }
}
