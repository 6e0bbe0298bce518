import { deleteTenant } from '@millrace/sink-postgres'
import { z } from 'zod'
import { defineCommand } from '../command.ts'
import { id } from '../input.ts'

export const tenantsDelete = defineCommand({
  name: 'tenants delete',
  summary: 'delete a tenant with everything that is theirs; interrupted, the same command goes on',
  arguments: ['<id>'],
  destroys: 'the tenant and everything that is theirs',
  input: z.object({ id }),
  async run({ db, mayHaveVectors }, { id: tenantId }) {
    const vectorStore = (await mayHaveVectors())?.store
    const deleted = await deleteTenant(db, { tenantId, ...(vectorStore && { vectorStore }) })
    return { json: deleted, table: Object.entries(deleted).map(([table, rows]) => ({ table, rows })) }
  },
})
