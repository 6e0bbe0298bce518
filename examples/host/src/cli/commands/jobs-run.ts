import { z } from 'zod'
import { defineCommand } from '../command.ts'
import { answerOf, composeWorker, workToEnd } from '../compose-worker.ts'
import { id, mode, names, time } from '../input.ts'

export const jobsRun = defineCommand({
  name: 'jobs run',
  summary: 'start a run of a job now; workers do it, or this command with --work (always so on an embedded database)',
  arguments: ['<id>'],
  options: [
    ['--mode <mode>', 'incremental, full, backfill, custom_fields (default: incremental)'],
    ['--from <time>', 'of a backfill: what changed since then'],
    ['--to <time>', 'of a backfill: and until then'],
    ['--steps <names>', 'only these steps, separated by commas'],
    ['--batch-size <count>', 'records per request'],
    ['--work', 'work on it, and wait for its end'],
  ],
  input: z.object({
    id,
    mode: mode.default('incremental'),
    from: time.optional(),
    to: time.optional(),
    steps: names.optional(),
    batchSize: id.optional(),
    work: z.boolean().default(false),
  }),
  async run(surroundings, { id: jobId, mode: chosen, from, to, steps, batchSize, work }) {
    const { embedded, tenantId } = surroundings
    const request = {
      tenantId: await tenantId(),
      jobId,
      mode: chosen,
      ...(from && to && { backfill: { from, to } }),
      ...(steps && { steps }),
      ...(batchSize !== undefined && { batchSize }),
    }
    const runtime = await composeWorker(surroundings)
    if (work || embedded)
      return answerOf(await workToEnd(runtime, surroundings, async () => [await runtime.startRun(request)]))
    const run = await runtime.startRun(request)
    return { json: run, lines: [`Run ${run.runId} of job ${run.jobId} started.`] }
  },
})
