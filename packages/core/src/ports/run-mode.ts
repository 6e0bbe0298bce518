/**
 * What a run reads, and whether the next one starts where it ended.
 *
 * - `reads`: `changes` since each unit's watermark, `everything`, a `window` that the run names, or `nothing` from the provider.
 * - `movesWatermark`: whether units of the run, read to their end, are where the next incremental run starts. What a
 *   backfill or a custom-fields sync read says nothing about what changed since.
 */
export const RUN_MODES = {
  incremental: { reads: 'changes', movesWatermark: true },
  full: { reads: 'everything', movesWatermark: true },
  /** A window in the past, from and to, read again. */
  backfill: { reads: 'window', movesWatermark: false },
  /** Only the steps that name the mode: definitions of fields, not records. */
  custom_fields: { reads: 'everything', movesWatermark: false },
  /** Stored raw records are transformed again; nothing is asked of the provider. */
  replay: { reads: 'nothing', movesWatermark: false },
} as const satisfies { readonly [mode: string]: RunModeTraits }

interface RunModeTraits {
  readonly reads: 'changes' | 'everything' | 'window' | 'nothing'
  readonly movesWatermark: boolean
}

export type RunMode = keyof typeof RUN_MODES
