import { forgetModel } from '@millrace/sink-postgres'
import { defineCommand } from '../command.ts'
import { NOTHING } from '../input.ts'

export const vectorsForget = defineCommand({
  name: 'vectors forget',
  summary: 'remove the vectors of every model but the one that serves',
  destroys: 'the vectors of all other models',
  input: NOTHING,
  async run({ db, tenantId, secrets, vectors }) {
    const { store } = await vectors()
    const forgotten = await forgetModel(db, { tenantId: await tenantId(), secrets: await secrets(), store })
    return { json: { forgotten }, table: forgotten.map((profile) => ({ profile })) }
  },
})
