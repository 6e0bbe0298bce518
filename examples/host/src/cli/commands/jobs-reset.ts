import { resetJob } from '@millrace/sink-postgres'
import { z } from 'zod'
import { defineCommand } from '../command.ts'
import { id } from '../input.ts'
import { found } from '../not-found.ts'

export const jobsReset = defineCommand({
  name: 'jobs reset',
  summary: 'make a job READY: its run is cancelled, failures are forgotten; checkpoints and dead letters stay',
  arguments: ['<id>'],
  input: z.object({ id }),
  async run({ db, tenantId }, { id: jobId }) {
    const done = await resetJob(db, { tenantId: await tenantId(), jobId })
    found(done || undefined, 'job', jobId)
    return { json: { jobId, reset: true }, lines: [`Job ${jobId} is READY.`] }
  },
})
