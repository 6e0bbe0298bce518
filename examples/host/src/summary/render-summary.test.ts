import type { RunSummary } from '@millrace/core'
import { expect, test } from 'vitest'
import { renderSummary } from './render-summary.ts'

test('what a run warns of stands below what it wrote', () => {
  const totals = {
    ...{ apiCalls: 3, bytesReceived: 2_000, rowsWritten: 12, rowsRemoved: 0, embedded: 0, embeddingsQueued: 0 },
    peakMemoryBytes: 0,
  }
  const summary: RunSummary = {
    ...{ runId: 1, jobId: 1, tenantId: 1, state: 'finished', durationMs: 1_500, totals },
    ...{ counters: [], failures: [], reasons: [] },
    warnings: [{ step: 'jira_boards', about: 'Boards', message: 'They are closed to this token.' }],
  }
  expect(renderSummary(summary, [{ table: 'work_items', live: 12, gone: 0 }]).slice(-4)).toEqual([
    expect.stringMatching(/^ {2}work_items +12$/),
    'What to know:',
    '  Boards: They are closed to this token.',
    '    in jira_boards.',
  ])
})
