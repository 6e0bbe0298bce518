import { listIntegrations } from '@millrace/sink-postgres'
import { defineCommand } from '../command.ts'
import { NOTHING } from '../input.ts'

export const integrationsList = defineCommand({
  name: 'integrations list',
  summary: 'show the accounts of a tenant at providers',
  input: NOTHING,
  async run({ db, tenantId }) {
    const integrations = await listIntegrations(db, { tenantId: await tenantId() })
    return { json: integrations, table: integrations }
  },
})
