import { z } from 'zod'
import type { Json } from '../contracts/json.ts'

type Options = { readonly [key: string]: Json }

const stepsSchema = z.object({ steps: z.array(z.string()).optional() })

const backfillSchema = z.object({
  backfill: z.object({ from: z.coerce.date(), to: z.coerce.date() }).optional(),
})

/** The subset of steps that a run named, from the options that are stored with it. */
export function stepsOf(options: Options): { readonly steps?: readonly string[] } {
  const { steps } = stepsSchema.parse(options)
  return steps ? { steps } : {}
}

/** The window that a backfill named. */
export function backfillOf(options: Options): { readonly from: Date; readonly to: Date } | undefined {
  return backfillSchema.parse(options).backfill
}
