import type { ChangedRows, LoadBatch } from '../load/load-batch.ts'
import type { Commit } from '../ports/ledger.ts'
import type { Work } from './open-work.ts'

/** The effect that loads a batch: rows that really changed are counted, and born as rows to be embedded. */
export function loadEffect(work: Work, batch: LoadBatch): NonNullable<Commit['effect']> {
  return async (tx) => {
    const { loader, ledger, telemetry } = work.engine
    const joined = loader.joins === ledger.kind ? tx : undefined
    const changed = await telemetry.span('millrace.load', {}, () => loader.load(batch, joined))
    const births = embedBirths(work, changed)
    const embeddingsQueued = births.reduce((sum, { payload: { keys } }) => sum + keys.length, 0)
    return { births, totals: { ...loadTotals(changed), embeddingsQueued } }
  }
}

/** Rows that changed and have a text get embedded; rows that went away lose their vectors. */
function embedBirths(work: Work, changed: readonly ChangedRows[]) {
  const { vectorizer, limits } = work.engine
  if (!vectorizer) return []
  return changed.flatMap(({ entity, written, removed }) => {
    const definition = work.connector.entities.find((found) => found.name === entity)
    if (!definition?.embed) return []
    const keys = [...written, ...removed]
    const batches = Array.from({ length: Math.ceil(keys.length / limits.embedBatch) }, (_, index) =>
      keys.slice(index * limits.embedBatch, (index + 1) * limits.embedBatch),
    )
    return batches.map(
      (batch) => ({ step: work.step.name, jobType: 'embed', payload: { entity, keys: batch } }) as const,
    )
  })
}

function loadTotals(changed: readonly ChangedRows[]): { readonly rowsWritten: number; readonly rowsRemoved: number } {
  return {
    rowsWritten: changed.reduce((sum, { written }) => sum + written.length, 0),
    rowsRemoved: changed.reduce((sum, { removed }) => sum + removed.length, 0),
  }
}
