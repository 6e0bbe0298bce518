import { profileOf } from '@millrace/core'
import { modelCoverage, vectorCoverage } from '@millrace/sink-postgres'
import { CONNECTORS } from '../../connectors.ts'
import { defineCommand } from '../command.ts'
import { NOTHING } from '../input.ts'

export const vectorsCoverage = defineCommand({
  name: 'vectors coverage',
  summary: 'how many rows of each entity can be found, which wait or failed, and how far another model is built',
  input: NOTHING,
  async run({ db, tenantId, vectors }) {
    const { store, modelsOf } = await vectors()
    const tenant = await tenantId()
    const [model] = await modelsOf(tenant)
    const profile = (await store.serving(tenant)) ?? (model ? profileOf(model) : '')
    const entities = CONNECTORS.flatMap((connector) => connector.entities)
    const coverage = await vectorCoverage(db, { tenantId: tenant, entities, profile })
    const models = await modelCoverage(db, { tenantId: tenant, entities })
    const others = models.filter((each) => each.profile !== profile)
    const lines = [
      ...others.map((each) => `${each.profile} is kept beside it: ${each.embedded} of ${each.rows} rows are embedded.`),
      `Vectors of ${profile}:`,
    ]
    return { json: { profile, coverage, models }, lines, table: coverage }
  },
})
