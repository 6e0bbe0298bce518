import { migrationStatus } from '@millrace/sink-postgres'
import { defineCommand } from '../command.ts'
import { NOTHING } from '../input.ts'

export const migrateStatus = defineCommand({
  name: 'migrate status',
  summary: 'show which migrations are applied',
  anySchema: true,
  input: NOTHING,
  async run({ db }) {
    const migrations = await migrationStatus(db)
    return { json: migrations, table: migrations }
  },
})
