import { z } from 'zod'

/** Where a job stands, as the host tells people: how far each step has read, and what was not read to its end. */
const checkpoint = z.object({
  /** Until when everything was read; absent before the first run ended. */
  last_sync_date: z.string().optional(),
  steps: z
    .record(z.string(), z.object({ units: z.number(), oldest: z.string().nullable(), newest: z.string().nullable() }))
    .default({}),
  unfinished: z.array(z.object({ step: z.string(), unit: z.string().nullable(), cursor: z.json() })).default([]),
})
export type Checkpoint = z.output<typeof checkpoint>

/** Undefined where there is none, or one of another form, such as one that an older program left. */
export function readCheckpoint(value: unknown): Checkpoint | undefined {
  const read = checkpoint.safeParse(value)
  return read.success ? read.data : undefined
}
