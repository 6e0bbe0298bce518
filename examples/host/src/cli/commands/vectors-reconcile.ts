import { reconcileRows } from '@millrace/sink-postgres'
import { z } from 'zod'
import { defineCommand } from '../command.ts'
import { vectorTools } from '../vector-tools.ts'

export const vectorsReconcile = defineCommand({
  name: 'vectors reconcile',
  summary: 'compare rows, bridge and vector store in both directions; put right what differs with --repair',
  options: [
    ['--repair', 'embed what is missing, patch what changed, remove what nobody stands for'],
    ['--allow-removals', 'remove orphans however many they are'],
  ],
  input: z.object({ repair: z.boolean().default(false), allowRemovals: z.boolean().default(false) }),
  async run(surroundings, { repair, allowRemovals }) {
    const { tools, sources, tenantId } = await vectorTools(surroundings)
    const request = { tenantId, sources, repair, ...(allowRemovals && { maxRemovedShare: 1 }) }
    const report = await reconcileRows(surroundings.db, tools, request)
    const { failed, refused, ...counts } = report
    const lines = [
      ...failed.map(({ entity, keys, reason }) => `${keys.length} rows of ${entity} could not be repaired: ${reason}`),
      ...(refused ? ['Orphans are suspiciously many and were left alone; say --allow-removals if that is right.'] : []),
    ]
    return { json: report, lines, table: [counts], failed: failed.length > 0 || (repair && refused) }
  },
})
