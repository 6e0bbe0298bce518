import { profileOf } from '@millrace/core'
import { vectorCoverage } from '@millrace/sink-postgres'
import { CONNECTORS } from '../../connectors.ts'
import { defineCommand } from '../command.ts'
import { NOTHING } from '../input.ts'

export const vectorsCoverage = defineCommand({
  name: 'vectors coverage',
  summary: 'how many rows of each entity can be found, and which wait or failed',
  input: NOTHING,
  async run({ db, tenantId, vectors }) {
    const { store, modelsOf } = await vectors()
    const tenant = await tenantId()
    const [model] = await modelsOf(tenant)
    const profile = (await store.serving(tenant)) ?? (model ? profileOf(model) : '')
    const entities = CONNECTORS.flatMap((connector) => connector.entities)
    const coverage = await vectorCoverage(db, { tenantId: tenant, entities, profile })
    return { json: { profile, coverage }, lines: [`Vectors of ${profile}:`], table: coverage }
  },
})
