import { assertSchema, migrate } from '@millrace/sink-postgres'
import { defineCommand } from '../command.ts'
import { NOTHING } from '../input.ts'

export const migrateUp = defineCommand({
  name: 'migrate up',
  summary: 'apply the migrations that are missing',
  founds: true,
  anySchema: true,
  input: NOTHING,
  async run({ db }) {
    const applied = await migrate(db)
    await assertSchema(db)
    return {
      json: { applied },
      lines: [applied.length > 0 ? `Applied ${applied.join(', ')}.` : 'Nothing was missing.'],
    }
  },
})
