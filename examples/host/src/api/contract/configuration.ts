import { z } from 'zod'
import { flagText, id, idText } from './scalars.ts'

/** What people configure belongs to an account. */
export const ofIntegration = z.strictObject({ integration_id: idText.optional() })

/** Of a deletion: what becomes of whatever uses the thing. Without either, a thing in use stays, and the answer says what uses it. */
export const moveTo = z.strictObject({
  /** Id of a thing of the same kind that they use from now on. */
  move_to: z.uuid().optional(),
  /** They use none from now on, and fall back on what the provider says. */
  release: flagText.optional(),
})

/** What uses a thing, the first few of each kind. */
export const dependencies = z.object({
  total: z.int(),
  dependants: z.array(z.object({ type: z.string(), id: z.string(), name: z.string() })),
})
export type Dependencies = z.output<typeof dependencies>

/** A change of configuration is applied to what is stored, without asking the provider. */
export const applied = {
  /** The replay that applies it; null when a run is under way or nothing is stored: the next run applies it then. */
  run_id: z.int().nullable(),
}

export const removed = z.object({ success: z.literal(true), message: z.string(), moved: z.int(), ...applied })

/** Every thing that people configure has these. */
export const configured = { id: z.uuid(), integration_id: id, active: z.boolean() }
