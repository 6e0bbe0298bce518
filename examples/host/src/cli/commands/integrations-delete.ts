import { deleteIntegration } from '@millrace/sink-postgres'
import { z } from 'zod'
import { defineCommand } from '../command.ts'
import { id } from '../input.ts'

export const integrationsDelete = defineCommand({
  name: 'integrations delete',
  summary: 'delete an account with everything that came of it; interrupted, the same command goes on',
  arguments: ['<id>'],
  options: [['--reason <text>', 'why, for the audit log']],
  destroys: 'the integration and everything that came of it',
  input: z.object({ id, reason: z.string().optional() }),
  async run({ db, tenantId, actor, mayHaveVectors }, { id: integrationId, reason }) {
    const who = { actor, ...(reason !== undefined && { reason }) }
    const vectorStore = (await mayHaveVectors())?.store
    const request = { tenantId: await tenantId(), integrationId, ...who, ...(vectorStore && { vectorStore }) }
    const deleted = await deleteIntegration(db, request)
    return { json: deleted, table: Object.entries(deleted).map(([table, rows]) => ({ table, rows })) }
  },
})
