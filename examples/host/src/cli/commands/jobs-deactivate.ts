import { setJobActive } from '@millrace/sink-postgres'
import { z } from 'zod'
import { CONNECTORS } from '../../connectors.ts'
import { defineCommand } from '../command.ts'
import { id } from '../input.ts'
import { found } from '../not-found.ts'

export const jobsDeactivate = defineCommand({
  name: 'jobs deactivate',
  summary: 'switch a job off; its run is cancelled, checkpoints stay',
  arguments: ['<id>'],
  input: z.object({ id }),
  async run({ db, tenantId }, { id: jobId }) {
    const connectors = CONNECTORS.map(({ name }) => name)
    const done = await setJobActive(db, { tenantId: await tenantId(), jobId, active: false, connectors })
    found(done || undefined, 'job', jobId)
    return { json: { jobId, active: false }, lines: [`Job ${jobId} is inactive.`] }
  },
})
