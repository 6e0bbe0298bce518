import { drainWorkers } from '@millrace/sink-postgres'
import { z } from 'zod'
import { defineCommand } from '../command.ts'
import { wrongInput } from '../wrong-input.ts'

export const workersDrain = defineCommand({
  name: 'workers drain',
  summary: 'have workers claim nothing more and finish what they have',
  arguments: ['[ids...]'],
  options: [['--all', 'every worker']],
  input: z.object({ ids: z.array(z.string()).default([]), all: z.boolean().default(false) }),
  async run({ db }, { ids, all }) {
    if (all === ids.length > 0) throw wrongInput('workers drain', ['name workers, or all of them with --all'])
    const told = await drainWorkers(db, all ? {} : { ids })
    return { json: { told }, lines: [`Told ${told.length} workers. They learn it within seconds.`] }
  },
})
