import { rollBackModel } from '@millrace/sink-postgres'
import { z } from 'zod'
import { defineCommand } from '../command.ts'
import { modelTools, vectorTools } from '../vector-tools.ts'

export const vectorsRollBack = defineCommand({
  name: 'vectors roll-back',
  summary: 'let the model from before serve again, at once',
  options: [['--reason <text>', 'why, for the audit log']],
  input: z.object({ reason: z.string().optional() }),
  async run(surroundings, { reason }) {
    const { tools } = await vectorTools(surroundings)
    const { request } = await modelTools(surroundings, tools)
    const done = await rollBackModel(surroundings.db, { ...request, ...(reason !== undefined && { reason }) })
    return { json: done, lines: [`${done.profile} serves.`] }
  },
})
