import { z } from 'zod'
import type { Connector } from '../contracts/connector.ts'
import type { Json } from '../contracts/json.ts'
import { runGraph } from '../contracts/run-graph-of.ts'
import { MillraceError } from '../errors/millrace-error.ts'
import type { RefusalReason, StartRun } from '../ports/ledger.ts'
import { RUN_MODES } from '../ports/run-mode.ts'
import type { Engine } from './engine.ts'
import { describeIssues } from './failure.ts'
import type { StartOptions } from './runtime.ts'

const optionsSchema = z.object({
  mode: z.enum(Object.keys(RUN_MODES) as [keyof typeof RUN_MODES]).default('incremental'),
  backfill: z.object({ from: z.date(), to: z.date() }).optional(),
  since: z.date().optional(),
  steps: z.array(z.string()).min(1).optional(),
  batchSize: z.int().positive().max(10_000).optional(),
  priority: z.int().min(1).max(10).optional(),
  maxAttempts: z.int().positive().max(100).optional(),
})

/**
 * Reads the job and its connector, and says what its run consists of.
 *
 * @throws RUN_REFUSED when there is nothing that could run here
 * @throws INVALID_CONFIG when an option is wrong, a step is unknown, or credentials do not open
 */
export async function runRequest(
  engine: Pick<Engine, 'connectors' | 'jobStore'>,
  request: StartOptions,
  claimedUntil?: Date,
): Promise<StartRun> {
  const { tenantId, jobId, priority, maxAttempts, mode: _mode, backfill, since, ...rest } = request
  const mode = checkedMode(request)
  const refuse = (reason: RefusalReason, why: string): never => {
    const context = { jobId, tenantId, reason }
    throw new MillraceError('RUN_REFUSED', { message: `Failed to start job ${jobId}: ${why}.`, context })
  }
  const job = (await engine.jobStore.job(tenantId, jobId)) ?? refuse('missing', 'the tenant has no such job')
  const connector =
    engine.connectors.get(job.connector) ??
    refuse('no-connector', `its connector ${job.connector} is not registered in this program`)
  const integration =
    (job.integrationId === null ? undefined : await engine.jobStore.integration(tenantId, job.integrationId)) ??
    refuse('no-integration', 'the job has no integration')
  checkSteps(connector, request)
  const config = connector.config.safeParse(integration.config)
  const window = backfill && { backfill: { from: backfill.from.toISOString(), to: backfill.to.toISOString() } }
  const replaySince = since && { replaySince: since.toISOString() }
  const given = Object.entries({ ...rest, ...window, ...replaySince }).filter(([, value]) => value !== undefined)
  const options: { readonly [key: string]: Json } = Object.fromEntries(given)
  const runOptions = { fullSync: mode === 'full', ...rest }
  const selection = { mode, ...(request.steps && { steps: request.steps }) }
  // What is stored can be replayed, also of steps that are not enabled any more.
  const settings = config.success && mode !== 'replay' ? config.data : undefined
  const graph = runGraph(connector, settings, runOptions, selection)
  if (graph.steps.length === 0) refuse('no-steps', `no step of ${connector.name} takes part in such a run (${mode})`)
  return {
    jobId,
    tenantId,
    graph,
    mode,
    options,
    ...(priority !== undefined && { priority }),
    ...(maxAttempts !== undefined && { maxAttempts }),
    ...(claimedUntil && { claimedUntil }),
  }
}

function checkedMode(request: StartOptions): keyof typeof RUN_MODES {
  const refuse = (reason: string): never => {
    const message = `Failed to start job ${request.jobId}: ${reason}. Correct it and try again.`
    throw new MillraceError('INVALID_CONFIG', { message })
  }
  const parsed = optionsSchema.safeParse(request)
  if (!parsed.success) return refuse(describeIssues(parsed.error))
  const { mode, backfill, since } = parsed.data
  if (since && mode !== 'replay') return refuse('only a replay names since when records are transformed again')
  if ((mode === 'backfill') !== (backfill !== undefined)) return refuse('a backfill, and nothing else, names a window')
  if (backfill && backfill.from >= backfill.to) return refuse('the backfill must begin before it ends')
  return mode
}

function checkSteps(connector: Connector, { jobId, steps = [] }: StartOptions): void {
  const unknown = steps.filter((name) => !connector.steps.some((step) => step.name === name))
  if (unknown.length === 0) return
  const known = connector.steps.map((step) => step.name).join(', ')
  const message = `Failed to start job ${jobId}: ${connector.name} has no step ${unknown.join(', ')}. It has ${known}.`
  throw new MillraceError('INVALID_CONFIG', { message })
}
