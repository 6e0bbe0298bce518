import { listJobs } from '@millrace/sink-postgres'
import { defineCommand } from '../command.ts'
import { NOTHING } from '../input.ts'

export const jobsList = defineCommand({
  name: 'jobs list',
  summary: 'show the jobs of a tenant',
  input: NOTHING,
  async run({ db, tenantId }) {
    const jobs = await listJobs(db, { tenantId: await tenantId() })
    return {
      json: jobs,
      table: jobs.map((job) => ({
        id: job.id,
        name: job.name,
        connector: job.connector,
        integration: job.integrationId,
        active: job.active,
        status: job.overall,
        dead: job.status.open_dead_letters,
        nextRun: job.nextRunAt,
        note: job.scheduleNote ?? job.errorMessage,
      })),
    }
  },
})
