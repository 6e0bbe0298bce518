import { prune } from '@millrace/sink-postgres'
import { defineCommand } from '../command.ts'
import { NOTHING } from '../input.ts'

export const pruneCommand = defineCommand({
  name: 'prune',
  summary: 'delete what is kept no longer by the settings of a tenant: raw records, ledger rows, runs, dead letters',
  destroys: 'what its settings say is kept no longer',
  input: NOTHING,
  async run({ db, tenantId }) {
    const pruned = await prune(db, { tenantId: await tenantId() })
    return { json: pruned, table: [pruned] }
  },
})
