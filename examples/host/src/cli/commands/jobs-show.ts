import { listJobs } from '@millrace/sink-postgres'
import { z } from 'zod'
import { defineCommand } from '../command.ts'
import { id } from '../input.ts'
import { found } from '../not-found.ts'

export const jobsShow = defineCommand({
  name: 'jobs show',
  summary: 'show a job: its settings, the stages of its steps, when it runs, what died',
  arguments: ['<id>'],
  input: z.object({ id }),
  async run({ db, tenantId }, { id: jobId }) {
    const [job] = await listJobs(db, { tenantId: await tenantId(), jobId })
    const { status, ...facts } = found(job, 'job', jobId)
    return {
      json: { ...facts, status },
      lines: Object.entries(facts).map(
        ([name, value]) =>
          `${name}: ${value instanceof Object && !(value instanceof Date) ? JSON.stringify(value) : value instanceof Date ? value.toISOString() : value}`,
      ),
      table: Object.entries(status.steps).map(([step, stages]) => ({ step, ...stages })),
    }
  },
})
