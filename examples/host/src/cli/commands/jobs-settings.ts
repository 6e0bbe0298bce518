import { updateJob } from '@millrace/sink-postgres'
import { z } from 'zod'
import { defineCommand } from '../command.ts'
import { id } from '../input.ts'
import { found } from '../not-found.ts'

export const jobsSettings = defineCommand({
  name: 'jobs settings',
  summary: 'change the settings of a job',
  arguments: ['<id>'],
  options: [
    ['--name <name>', 'its label'],
    ['--integration <id>', 'the account that it reads; another one is read from its beginning'],
    ['--interval <minutes>', 'how often it runs'],
    ['--retry-interval <minutes>', 'how soon it is tried again after a failure'],
  ],
  input: z
    .object({
      id,
      name: z.string().min(1).optional(),
      integration: id.optional(),
      interval: id.optional(),
      retryInterval: id.optional(),
    })
    .refine(({ id: _id, ...changes }) => Object.values(changes).some((value) => value !== undefined), {
      error: 'must name something to change',
    }),
  async run({ db, tenantId }, { id: jobId, name, integration, interval, retryInterval }) {
    const changes = {
      ...(name !== undefined && { name }),
      ...(integration !== undefined && { integrationId: integration }),
      ...(interval !== undefined && { scheduleIntervalMinutes: interval }),
      ...(retryInterval !== undefined && { retryIntervalMinutes: retryInterval }),
    }
    const done = await updateJob(db, { tenantId: await tenantId(), jobId, changes })
    found(done || undefined, 'job', jobId)
    return { json: { jobId, changes }, lines: [`Changed job ${jobId}.`] }
  },
})
