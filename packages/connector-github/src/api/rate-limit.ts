import type { z } from 'zod'
import { viewerOperation } from './repositories.graphql.ts'

/** What is left of the budget. Every operation asks for it, in the same words. */
export const rateLimit = viewerOperation.data.shape.rateLimit

export type RateLimit = NonNullable<z.output<typeof rateLimit>>
