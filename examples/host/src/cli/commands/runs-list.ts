import { listRuns } from '@millrace/sink-postgres'
import { z } from 'zod'
import { defineCommand } from '../command.ts'
import { id, limit } from '../input.ts'

export const runsList = defineCommand({
  name: 'runs list',
  summary: 'show runs, the newest first',
  options: [
    ['--job <id>', 'of this job'],
    ['--limit <count>', 'how many (default: 50)'],
    ['--before <id>', 'only runs before this one'],
  ],
  input: z.object({ job: id.optional(), limit: limit.default(50), before: id.optional() }),
  async run({ db, tenantId }, { job, limit: most, before }) {
    const runs = await listRuns(db, {
      tenantId: await tenantId(),
      limit: most,
      ...(job !== undefined && { jobId: job }),
      ...(before !== undefined && { before }),
    })
    return {
      json: runs,
      table: runs.map((run) => ({
        id: run.runId,
        job: `${run.jobId} ${run.jobName}`,
        mode: run.mode,
        state: run.state,
        started: run.startedAt,
        seconds: Math.round(run.durationMs / 100) / 10,
        calls: run.apiCalls,
        written: run.rowsWritten,
        dead: run.deadRows,
      })),
    }
  },
})
