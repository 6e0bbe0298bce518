import type { ShownStage } from './follow-progress.ts'

/** How a stage is called, and what its items are. */
export const STAGE_WORDS = {
  extraction: { verb: 'extract', items: 'units' },
  transform: { verb: 'transform', items: 'pages' },
  embedding: { verb: 'embed', items: 'batches' },
} as const satisfies { readonly [stage in ShownStage]: { readonly verb: string; readonly items: string } }
