import { setJobActive } from '@millrace/sink-postgres'
import { z } from 'zod'
import { CONNECTORS } from '../../connectors.ts'
import { defineCommand } from '../command.ts'
import { id } from '../input.ts'
import { found } from '../not-found.ts'

export const jobsActivate = defineCommand({
  name: 'jobs activate',
  summary: 'switch a job on; it is due at once',
  arguments: ['<id>'],
  input: z.object({ id }),
  async run({ db, tenantId }, { id: jobId }) {
    const connectors = CONNECTORS.map(({ name }) => name)
    const done = await setJobActive(db, { tenantId: await tenantId(), jobId, active: true, connectors })
    found(done || undefined, 'job', jobId)
    return { json: { jobId, active: true }, lines: [`Job ${jobId} is active.`] }
  },
})
