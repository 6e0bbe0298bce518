import type { RunTotals } from '@millrace/core'
import type { ShownProgress } from './follow-progress.ts'

/** What several runs do at the same time, as one picture: their stages below each other, their totals together. */
export function joinProgress(runs: readonly ShownProgress[]): ShownProgress {
  return {
    elapsedMs: Math.max(...runs.map(({ elapsedMs }) => elapsedMs)),
    stages: runs.flatMap(({ stages }) => stages),
    totals: runs.map(({ totals }) => totals).reduce(addTotals),
  }
}

function addTotals(left: RunTotals, right: RunTotals): RunTotals {
  return {
    apiCalls: left.apiCalls + right.apiCalls,
    bytesReceived: left.bytesReceived + right.bytesReceived,
    rowsWritten: left.rowsWritten + right.rowsWritten,
    rowsRemoved: left.rowsRemoved + right.rowsRemoved,
    embedded: left.embedded + right.embedded,
    embeddingsQueued: left.embeddingsQueued + right.embeddingsQueued,
    // Runs of one process share its memory.
    peakMemoryBytes: Math.max(left.peakMemoryBytes, right.peakMemoryBytes),
  }
}
