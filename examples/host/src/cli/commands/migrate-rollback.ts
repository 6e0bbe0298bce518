import { rollback } from '@millrace/sink-postgres'
import { z } from 'zod'
import { defineCommand } from '../command.ts'
import { id } from '../input.ts'

export const migrateRollback = defineCommand({
  name: 'migrate rollback',
  summary: 'take back the newest migrations, with what is stored in their tables and columns',
  options: [['--steps <count>', 'how many (default: 1)']],
  destroys: 'what the newest migrations made',
  anySchema: true,
  input: z.object({ steps: id.default(1) }),
  async run({ db }, { steps }) {
    const undone = await rollback(db, { steps })
    return {
      json: { undone },
      lines: [undone.length > 0 ? `Took back ${undone.join(', ')}.` : 'There was nothing to take back.'],
    }
  },
})
