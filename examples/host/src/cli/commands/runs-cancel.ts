import { postgresLedger, readRunDetails } from '@millrace/sink-postgres'
import { z } from 'zod'
import { defineCommand } from '../command.ts'
import { id } from '../input.ts'

export const runsCancel = defineCommand({
  name: 'runs cancel',
  summary: 'end a run early; what it left undone is taken over by the next one',
  arguments: ['<id>'],
  input: z.object({ id }),
  async run({ db, tenantId }, { id: runId }) {
    const run = { runId, tenantId: await tenantId() }
    await postgresLedger(db).cancelRun(run)
    const state = (await readRunDetails(db, run))?.state
    return { json: { runId, state }, lines: [`Run ${runId} is ${state}.`] }
  },
})
