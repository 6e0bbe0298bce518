import { checkConnection } from '@millrace/core'
import { compose, type System } from './compose.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { followRun } from './follow-run.ts'
import { watchForInterruption } from './interruption.ts'
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
 * The life of the program: everything is composed, the account checked, the job run to its end, and the result shown; then
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
    void system.runtime.restartRequested.then(() => restart.abort())
    await using _served = options.once ? undefined : await serveDemo(system, options, display.say)
    if (signal.aborted) return verdictOfInterruption()
    const runId = await startOrResume(system, options, display, signal)
    const summary = await followRun(system.runtime.events({ runId, tenantId: system.job.tenantId }), display, signal)
    if (!summary) {
      display.say('Interrupted. The same command goes on where this one stopped.')
      return verdictOfInterruption()
    }
    const lines = renderSummary(summary, await countRows(system.db, system.connector, system.job.integration))
    for (const line of ['', ...lines, '', ...whereToLook(options, system)]) display.say(line)
    const verdict = summary.state === 'finished' ? EXIT.finished : EXIT.runFailed
    if (options.once) return verdict
    display.say('Serving until Ctrl-C. Start it again to mirror what changed since.')
    await Promise.race([interruption.happened, system.runtime.restartRequested])
    return verdictOfInterruption()
  } catch (error) {
    if (signal.aborted) return verdictOfInterruption()
    throw error
  } finally {
    interruption.forget()
  }
}

/** The run that this process works on: one that an earlier process left open, or a new one. */
async function startOrResume(
  { runtime, db, connector, job, log }: System,
  { full, batchSize, maxAttempts }: HostOptions,
  display: Display,
  signal: AbortSignal,
): Promise<number> {
  const open = await findOpenRun(db, job)
  if (open) {
    display.say(`Resuming run ${open.runId} (${open.mode}), which an earlier process left open, with its own options.`)
    await runtime.start()
    return open.runId
  }
  const found = await checkConnection(connector, job.integration, { log, signal })
  if (found) display.say(`Connected as ${found.account}. ${found.notes?.join(' ') ?? ''}`.trimEnd())
  await runtime.start()
  const { runId } = await runtime.startRun({
    tenantId: job.tenantId,
    jobId: job.jobId,
    mode: full ? 'full' : 'incremental',
    ...(batchSize !== undefined && { batchSize }),
    ...(maxAttempts !== undefined && { maxAttempts }),
  })
  display.say(`Run ${runId} (${full ? 'full' : 'incremental'}) of job ${job.name} started.`)
  return runId
}
