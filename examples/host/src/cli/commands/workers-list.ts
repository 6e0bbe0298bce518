import { listWorkers } from '@millrace/sink-postgres'
import { defineCommand } from '../command.ts'
import { NOTHING } from '../input.ts'

export const workersList = defineCommand({
  name: 'workers list',
  summary: 'show worker processes, and what they hold',
  input: NOTHING,
  async run({ db }) {
    const workers = await listWorkers(db)
    return {
      json: workers,
      table: workers.map(({ roles, startedAt: _started, desired: _desired, ...worker }) => ({
        ...worker,
        roles: roles.join(' '),
      })),
    }
  },
})
