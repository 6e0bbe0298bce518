import { createRuntime, type RunRef, type RunSummary, type Runtime } from '@millrace/core'
import { postgresJobStore, postgresLedger, postgresLoader } from '@millrace/sink-postgres'
import { CONNECTORS } from '../connectors.ts'
import { followRuns } from '../follow-runs.ts'
import type { Answer, Surroundings } from './command.ts'

/** The runtime of a command: it starts runs, and works on them when the command says so. */
export async function composeWorker({ db, secrets, mayHaveVectors }: Surroundings): Promise<Runtime> {
  const vectors = await mayHaveVectors()
  return createRuntime({
    connectors: CONNECTORS,
    ledger: postgresLedger(db),
    jobStore: postgresJobStore(db, { secrets: await secrets() }),
    loader: postgresLoader(db),
    ...(vectors && { vectorizer: vectors.vectorizer }),
  })
}

/** Works until these runs end, and shows meanwhile how far they have come. */
export async function workToEnd(
  runtime: Runtime,
  { display }: Pick<Surroundings, 'display'>,
  begin: () => Promise<readonly RunRef[]>,
): Promise<readonly RunSummary[]> {
  await runtime.start()
  try {
    const runs = (await begin()).map((run) => ({ events: runtime.events(run) }))
    const ended = await followRuns(runs, display, new AbortController().signal)
    return (ended ?? []).map(({ summary }) => summary)
  } finally {
    await runtime.stop()
  }
}

/** What runs came to that a command worked on. */
export function answerOf(summaries: readonly RunSummary[], more: object = {}): Answer {
  return {
    json: { ...more, runs: summaries },
    table: summaries.map(({ runId, jobId, state, durationMs, totals, reasons }) => ({
      run: runId,
      job: jobId,
      state,
      seconds: Math.round(durationMs / 100) / 10,
      written: totals.rowsWritten,
      removed: totals.rowsRemoved,
      embedded: totals.embedded,
      failure: reasons[0] ?? '',
    })),
    failed: summaries.some(({ state }) => state !== 'finished'),
  }
}
