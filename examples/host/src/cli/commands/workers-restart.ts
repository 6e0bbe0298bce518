import { restartWorkers } from '@millrace/sink-postgres'
import { z } from 'zod'
import { defineCommand } from '../command.ts'
import { wrongInput } from '../wrong-input.ts'

export const workersRestart = defineCommand({
  name: 'workers restart',
  summary: 'have workers finish what they have and end with exit code 75, so that their supervisor starts them anew',
  arguments: ['[ids...]'],
  options: [['--all', 'every worker']],
  input: z.object({ ids: z.array(z.string()).default([]), all: z.boolean().default(false) }),
  async run({ db }, { ids, all }) {
    if (all === ids.length > 0) throw wrongInput('workers restart', ['name workers, or all of them with --all'])
    const told = await restartWorkers(db, all ? {} : { ids })
    return { json: { told }, lines: [`Told ${told.length} workers. They learn it within seconds.`] }
  },
})
