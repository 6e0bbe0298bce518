import { listTenants } from '@millrace/sink-postgres'
import { defineCommand } from '../command.ts'
import { NOTHING } from '../input.ts'

export const tenantsList = defineCommand({
  name: 'tenants list',
  summary: 'show the tenants of the database',
  input: NOTHING,
  async run({ db }) {
    const tenants = await listTenants(db)
    return { json: tenants, table: tenants }
  },
})
