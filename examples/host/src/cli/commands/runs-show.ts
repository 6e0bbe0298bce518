import { readRunDetails } from '@millrace/sink-postgres'
import { z } from 'zod'
import { defineCommand } from '../command.ts'
import { id } from '../input.ts'
import { found } from '../not-found.ts'

export const runsShow = defineCommand({
  name: 'runs show',
  summary: 'show a run: its stages, what is dead of it, and what it warns of',
  arguments: ['<id>'],
  input: z.object({ id }),
  async run({ db, tenantId }, { id: runId }) {
    const run = found(await readRunDetails(db, { tenantId: await tenantId(), runId }), 'run', runId)
    return {
      json: run,
      lines: [
        `Run ${runId} of job ${run.jobId} ${run.jobName}: ${run.mode}, ${run.state}, ${run.rowsWritten} rows written.`,
        ...run.failures.map(
          ({ count, step, jobType, code, message }) => `${count} × ${jobType} of ${step}, ${code}: ${message}`,
        ),
        ...run.warnings.map(({ step, about, message }) => `Warning of ${step}, ${about}: ${message}`),
      ],
      table: run.stages.map(({ step, stage, state, planned, done, dead }) => ({
        step,
        stage,
        state,
        planned,
        done,
        dead,
      })),
    }
  },
})
