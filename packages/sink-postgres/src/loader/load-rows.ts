import type { AnyEntity, EntityLoad, LoadBatch, LoadRow, RemovedRow } from '@millrace/core'
import { type EntityTable, entityTable } from '../entities/entity-table.ts'
import type { Confirmations, ConfirmedKey } from './confirmations.ts'
import { fateOfDelete, fateOfUpsert, type StoredState } from './decide.ts'
import type { LockedRows, StoredRows } from './lock-rows.ts'
import { confirmationKey } from './row-key.ts'
import type { Writes } from './write-rows.ts'

/** What a batch means for one entity's table. */
export interface EntityPlan {
  readonly table: EntityTable
  readonly writes: Writes
  readonly confirmed: readonly ConfirmedKey[]
}

/** Plans of the entities that are no children, and what will be true of their rows. */
export interface RowPlans {
  readonly plans: ReadonlyMap<string, EntityPlan>
  readonly stateAfter: (entity: AnyEntity, key: string) => StoredState | undefined
  /** By entity: rows whose delete counts. */
  readonly removed: ReadonlyMap<string, readonly RemovedRow[]>
}

/**
 * Decides what becomes of each row. Children come after all others, so that a replace is compared with the parent row of
 * its own batch.
 */
export function planRows(batch: LoadBatch, locked: LockedRows, confirmations: Confirmations): RowPlans {
  const plans = new Map<string, EntityPlan>()
  const after = new Map<string, StoredState>()
  const removed = new Map<string, readonly RemovedRow[]>()
  for (const load of batch.loads.filter(({ entity }) => entity.parent === undefined)) {
    const stored = locked.get(load.entity.name) ?? new Map()
    const plan = planEntity(load, stored, confirmations, batch.fullSync)
    plans.set(load.entity.name, plan)
    const { inserts, updates, buries, newTombstones } = plan.writes
    for (const { key, version, hash } of [...inserts, ...updates]) {
      after.set(`${load.entity.name}/${key}`, { version, hash, active: true })
    }
    for (const { key, version } of [...buries, ...newTombstones]) {
      after.set(`${load.entity.name}/${key}`, { version, hash: '', active: false })
    }
    const stillGone = plan.confirmed.filter(({ kind }) => kind === 'tombstone')
    removed.set(load.entity.name, [...buries, ...newTombstones, ...stillGone])
  }
  const stateAfter = (entity: AnyEntity, key: string): StoredState | undefined =>
    after.get(`${entity.name}/${key}`) ?? locked.get(entity.name)?.get(key)
  return { plans, stateAfter, removed }
}

function planEntity(load: EntityLoad, stored: StoredRows, confirmations: Confirmations, fullSync: boolean): EntityPlan {
  const table = entityTable(load.entity)
  const draft = new PlanDraft(table)
  for (const row of load.upserts) {
    const known = confirmations.ofRow(table, row.key)
    draft.upsert(row, fateOfUpsert(row, stored.get(row.key), known, fullSync), true)
  }
  for (const row of load.deletes) {
    const known = confirmations.ofRow(table, row.key)
    draft.delete(row, fateOfDelete(row.version, stored.get(row.key), known))
  }
  return draft.plan()
}

/** Collects what was decided row by row. */
export class PlanDraft {
  readonly #table: EntityTable
  readonly #writes = {
    inserts: [] as LoadRow[],
    updates: [] as LoadRow[],
    buries: [] as Writes['buries'][number][],
    newTombstones: [] as Writes['newTombstones'][number][],
  }
  readonly #confirmed: ConfirmedKey[] = []

  constructor(table: EntityTable) {
    this.#table = table
  }

  /** @param confirmable false for children of a replace, which is confirmed as a whole */
  upsert(row: LoadRow, fate: ReturnType<typeof fateOfUpsert>, confirmable: boolean): void {
    if (fate === 'insert') this.#writes.inserts.push(row)
    else if (fate === 'update') this.#writes.updates.push(row)
    else if (fate === 'confirm' && confirmable) this.#confirm('row', row)
  }

  delete(
    row: { readonly key: string; readonly externalId?: string; readonly version: LoadRow['version'] },
    fate: ReturnType<typeof fateOfDelete>,
  ): void {
    if (fate === 'insert') this.#writes.newTombstones.push({ ...row, externalId: row.externalId })
    else if (fate === 'update') this.#writes.buries.push(row)
    else if (fate === 'confirm') this.#confirm('tombstone', row)
  }

  replaced(kind: 'replace' | 'set', parentKey: string, version: LoadRow['version']): void {
    this.#confirmed.push({ entity: this.#table.name, kind, key: parentKey, version })
  }

  plan(): EntityPlan {
    return { table: this.#table, writes: this.#writes, confirmed: this.#confirmed }
  }

  #confirm(kind: 'row' | 'tombstone', row: { readonly key: string; readonly version: LoadRow['version'] }): void {
    const key = confirmationKey(this.#table, row.key)
    this.#confirmed.push({ entity: this.#table.name, kind, key, version: row.version })
  }
}
