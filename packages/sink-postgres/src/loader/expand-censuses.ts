import { type EntityLoad, guardCensus, type LoadBatch, type LoadCensus, type LoadDelete } from '@millrace/core'
import type { Tx } from '../database/database.ts'
import { identifier } from '../database/identifier.ts'
import { entityTable } from '../entities/entity-table.ts'

/**
 * Turns censuses into deletes of the rows that they do not name. What is found here is only a proposal: the rows are
 * locked and judged like those of any delete, so one that is seen again meanwhile stays.
 */
export async function expandCensuses(tx: Tx, batch: LoadBatch): Promise<LoadBatch> {
  if (batch.loads.every(({ censuses }) => censuses.length === 0)) return batch
  const loads: EntityLoad[] = []
  for (const load of batch.loads) {
    const gone = new Map(load.deletes.map((row) => [row.key, row]))
    for (const census of load.censuses) {
      for (const row of await missingFrom(tx, load, census, batch)) gone.set(row.key, row)
    }
    const deletes = [...gone.values()].sort((left, right) => (left.key < right.key ? -1 : 1))
    loads.push({ ...load, deletes, censuses: [] })
  }
  return { ...batch, loads }
}

async function missingFrom(
  tx: Tx,
  { entity }: EntityLoad,
  census: LoadCensus,
  { scope, maxRemovedShare }: LoadBatch,
): Promise<readonly LoadDelete[]> {
  const { name } = entityTable(entity)
  const { keys, within, version } = census
  const reach = within === undefined ? '' : `AND t.${identifier(within.column)} = $3`
  const values = [scope.integrationId, version.seq, ...(within === undefined ? [] : [within.key])]
  /** $1 integration · $2 the sequence of the census · $3 the row that is pointed to */
  const seenBefore = `FROM ${identifier(name)} t
    WHERE t.integration_id = $1 AND t.active AND t.source_seq < $2 ${reach}`
  const [counted] = await tx.query<{ live: number }>(`SELECT count(*) AS live ${seenBefore}`, values)
  const missing = await tx.query<{ key: string }>(
    // Not by NOT EXISTS: nobody knows how many are named, and looking each row up among them would cost their product.
    `SELECT t.id AS key ${seenBefore} EXCEPT SELECT * FROM unnest($${values.length + 1}::uuid[])`,
    [...values, keys],
  )
  guardCensus(census, { entity, live: counted?.live ?? 0, missing: missing.length, maxRemovedShare })
  return missing.map(({ key }) => ({ key, externalId: '', version }))
}
