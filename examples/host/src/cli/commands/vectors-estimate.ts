import { estimateBuild } from '@millrace/core'
import { z } from 'zod'
import { defineCommand } from '../command.ts'
import { vectorTools } from '../vector-tools.ts'

export const vectorsEstimate = defineCommand({
  name: 'vectors estimate',
  summary: 'what embedding every row anew would take, without asking any provider',
  options: [['--price <amount>', 'of a million tokens, to reckon the cost with']],
  input: z.object({ price: z.coerce.number('must be a number').nonnegative('must not be negative').optional() }),
  async run(surroundings, { price }) {
    const { tools, sources, tenantId } = await vectorTools(surroundings)
    const estimate = await estimateBuild(tools, { tenantId, sources }, price)
    return { json: estimate, table: [estimate] }
  },
})
