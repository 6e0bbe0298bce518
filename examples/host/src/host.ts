import { checkConnection, type RunEvent } from '@millrace/core'
import type { Observable } from 'rxjs'
import { compose, type System } from './compose.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { followRuns } from './follow-runs.ts'
import { watchForInterruption } from './interruption.ts'
import type { JobRows } from './job-rows.ts'
import { createLogger } from './logging.ts'
import { findOpenRun } from './open-run.ts'
import type { HostOptions } from './options.ts'
import { createDisplay } from './progress/create-display.ts'
import type { Display } from './progress/display.ts'
import { serveDemo } from './serve-demo.ts'
import { renderSummary } from './summary/render-summary.ts'
import { countRows } from './summary/row-counts.ts'
import { whereToLook } from './summary/where-to-look.ts'

/**
 * The life of the program: everything is composed, the accounts checked, the jobs run to their end side by side, and the results shown; then
 * it serves on until Ctrl-C, or ends. Whatever was opened is closed in the end, also when something throws.
 */
export async function runHost(options: HostOptions): Promise<ExitCode> {
  const display = createDisplay(process.stdout, options)
  const log = createLogger(options.logLevel, display)
  const interruption = watchForInterruption(() => display.say('Stopping. Press Ctrl-C again to stop at once.'))
  const restart = new AbortController()
  const signal = AbortSignal.any([interruption.signal, restart.signal])
  const verdictOfInterruption = (): ExitCode => (restart.signal.aborted ? EXIT.restart : EXIT.interrupted)
  try {
    await using system = await compose(options, { log, say: display.say })
    for (const { restartRequested } of [system.runtime, system.scheduler])
      void restartRequested.then(() => restart.abort())
    await using _served = options.once ? undefined : await serveDemo(system, options, display.say)
    if (signal.aborted) return verdictOfInterruption()
    const runs = await startOrResume(system, options, display, signal)
    const ended = await followRuns(runs, display, signal)
    if (!ended) {
      display.say('Interrupted. The same command goes on where this one stopped.')
      return verdictOfInterruption()
    }
    for (const { job, summary } of ended) {
      const tables = await countRows(system.db, job.connector, job.integration)
      for (const line of ['', `${job.name}:`, ...renderSummary(summary, tables)]) display.say(line)
    }
    for (const line of ['', ...whereToLook(options, system)]) display.say(line)
    const verdict = ended.every(({ summary }) => summary.state === 'finished') ? EXIT.finished : EXIT.runFailed
    if (options.once) return verdict
    await system.scheduler.start()
    display.say('Serving until Ctrl-C. Jobs run again as their schedules say, or when the dashboard is asked to.')
    await Promise.race([interruption.happened, system.runtime.restartRequested, system.scheduler.restartRequested])
    return verdictOfInterruption()
  } catch (error) {
    if (signal.aborted) return verdictOfInterruption()
    throw error
  } finally {
    interruption.forget()
  }
}

interface StartedRun {
  readonly job: JobRows
  readonly events: Observable<RunEvent>
}

/** The runs that this process works on: of each job one that an earlier process left open, or a new one. */
async function startOrResume(
  { runtime, db, jobs, log }: System,
  { full, batchSize, maxAttempts }: HostOptions,
  display: Display,
  signal: AbortSignal,
): Promise<readonly StartedRun[]> {
  const found = await Promise.all(jobs.map(async (job) => ({ job, open: await findOpenRun(db, job) })))
  for (const { job, open } of found) {
    if (open) {
      const { runId, mode } = open
      display.say(
        `Resuming run ${runId} (${mode}) of job ${job.name}, which an earlier process left open, with its own options.`,
      )
      continue
    }
    const account = await checkConnection(job.connector, job.integration, { log, signal })
    if (account)
      display.say(`${job.name}: connected as ${account.account}. ${account.notes?.join(' ') ?? ''}`.trimEnd())
  }
  await runtime.start()
  const runs: StartedRun[] = []
  for (const { job, open } of found) {
    const { tenantId, jobId, name } = job
    const mode = full ? 'full' : 'incremental'
    const limits = { ...(batchSize !== undefined && { batchSize }), ...(maxAttempts !== undefined && { maxAttempts }) }
    const { runId } = open ?? (await runtime.startRun({ tenantId, jobId, mode, ...limits }))
    if (!open) display.say(`Run ${runId} (${mode}) of job ${name} started.`)
    runs.push({ job, events: runtime.events({ runId, tenantId }) })
  }
  return runs
}
