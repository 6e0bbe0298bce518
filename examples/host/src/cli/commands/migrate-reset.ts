import { reset } from '@millrace/sink-postgres'
import { defineCommand } from '../command.ts'
import { NOTHING } from '../input.ts'

export const migrateReset = defineCommand({
  name: 'migrate reset',
  summary: 'drop every table of Millrace, with everything in it',
  destroys: 'every table of Millrace in this database',
  anySchema: true,
  input: NOTHING,
  async run({ db }) {
    await reset(db)
    return { json: { reset: true }, lines: ['Dropped everything.'] }
  },
})
