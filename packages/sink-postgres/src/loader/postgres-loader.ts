import {
  type ChangedRows,
  cascadeRemovals,
  type LoadBatch,
  type Loader,
  type Logger,
  MillraceError,
} from '@millrace/core'
import { tenantByKey } from '../database/access.ts'
import type { Database, Tx } from '../database/database.ts'
import { entityTable } from '../entities/entity-table.ts'
import { prepareEntities } from '../entities/prepare-entities.ts'
import { readConfirmations, recordConfirmations } from './confirmations.ts'
import { expandCensuses } from './expand-censuses.ts'
import { planChildren } from './load-children.ts'
import { loadError, writeError } from './load-error.ts'
import { planRows } from './load-rows.ts'
import { lockBatch } from './lock-rows.ts'
import { readRows } from './read-rows.ts'
import { writeRows } from './write-rows.ts'

export interface PostgresLoaderOptions {
  /** Told when text had to be cleaned of what PostgreSQL cannot store. Default: nobody. */
  readonly log?: Logger
}

/** Loads entity rows into tables that follow from their definitions. Joins the transactions of the PostgreSQL ledger. */
export function postgresLoader(db: Database, options: PostgresLoaderOptions = {}): Loader {
  return {
    joins: db.kind,
    prepare: (entities) => prepareEntities(db, entities),
    async load(batch, outer) {
      const names = batch.loads.map(({ entity }) => entity.name)
      try {
        if (outer !== undefined) return await loadBatch(joined(outer, batch), batch, options.log)
        return await db.transaction(tenantByKey(batch.scope.tenantId), (tx) => loadBatch(tx, batch, options.log))
      } catch (error) {
        throw loadError(error, names)
      }
    },
    read: (scope, entity, filter = {}) => readRows(db, scope, entityTable(entity), filter),
  }
}

async function loadBatch(tx: Tx, received: LoadBatch, log: Logger | undefined): Promise<readonly ChangedRows[]> {
  const counted = await expandCensuses(tx, received)
  // Which deletes count is known when their rows are locked, and by then the children must be as well.
  const reached = cascadeRemovals(counted, new Map(counted.loads.map(({ entity, deletes }) => [entity.name, deletes])))
  const locked = await lockBatch(tx, reached)
  const confirmations = await readConfirmations(tx, reached, locked)
  const rows = planRows(counted, locked, confirmations)
  const batch = cascadeRemovals(counted, rows.removed)
  const plans = new Map(rows.plans)
  for (const plan of planChildren(batch, rows, locked, confirmations)) plans.set(plan.table.name, plan)

  const confirmed = [...plans.values()].flatMap((plan) => plan.confirmed)
  await Promise.all([
    ...[...plans.values()].map(async ({ table, writes }) => {
      const cleaned = await writeRows(tx, table, writes, batch.scope)
      if (cleaned > 0)
        log?.warn({ ...batch.scope, entity: table.name, cleaned }, 'cleaned text that PostgreSQL cannot store')
    }),
    recordConfirmations(tx, batch.scope, confirmed),
  ]).catch((error: unknown) => {
    throw writeError(error)
  })

  return batch.loads.map(({ entity }) => {
    const writes = plans.get(entity.name)?.writes
    return {
      entity: entity.name,
      written: [...(writes?.inserts ?? []), ...(writes?.updates ?? [])].map(({ key }) => key).sort(),
      removed: (writes?.buries ?? []).map(({ key }) => key).sort(),
    }
  })
}

/** The ledger's transaction, which must act for the tenant whose rows these are. */
function joined(outer: unknown, batch: LoadBatch): Tx {
  const tx = outer as Partial<Tx> | null
  const { access } = tx ?? {}
  if (access?.as === 'app' && access.tenantId === batch.scope.tenantId) return tx as Tx
  throw new MillraceError('INTERNAL', {
    message: `Failed to load rows of tenant ${batch.scope.tenantId}: the transaction acts for ${access?.as === 'app' ? `tenant ${access.tenantId}` : 'nobody'}. Pass the transaction of the claimed row.`,
  })
}
