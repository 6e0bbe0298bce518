import type { EntityLoad, LoadBatch } from '@millrace/core'
import { entityTable } from '../entities/entity-table.ts'
import type { Confirmations } from './confirmations.ts'
import { acceptsReplace, fateOfDelete, fateOfUpsert } from './decide.ts'
import { type EntityPlan, PlanDraft, type RowPlans } from './load-rows.ts'
import type { LockedRows, StoredRows } from './lock-rows.ts'
import { parentOf } from './row-key.ts'

/** Decides what becomes of the rows of child entities. */
export function planChildren(
  batch: LoadBatch,
  rows: RowPlans,
  locked: LockedRows,
  confirmations: Confirmations,
): readonly EntityPlan[] {
  const loads = batch.loads.filter(({ entity }) => entity.parent !== undefined)
  return loads.map((load) => planChild(batch, load, rows, locked.get(load.entity.name) ?? new Map(), confirmations))
}

function planChild(
  batch: LoadBatch,
  load: EntityLoad,
  rows: RowPlans,
  stored: StoredRows,
  confirmations: Confirmations,
): EntityPlan {
  const table = entityTable(load.entity)
  const draft = new PlanDraft(table)
  const replaced = planReplaces(draft, batch, load, rows, stored, confirmations)
  const known = (key: string) => [...confirmations.ofRow(table, key), ...confirmations.ofChildren(table, parentOf(key))]
  // A replace says everything about its children, those named beside it included.
  const others = <Row extends { readonly key: string }>(changes: readonly Row[]): readonly Row[] =>
    changes.filter(({ key }) => !replaced.has(parentOf(key)))
  for (const row of others(load.upserts)) {
    draft.upsert(row, fateOfUpsert(row, stored.get(row.key), known(row.key), batch.fullSync), true)
  }
  for (const row of others(load.deletes)) {
    draft.delete(row, fateOfDelete(row.version, stored.get(row.key), known(row.key)))
  }
  return draft.plan()
}

function planReplaces(
  draft: PlanDraft,
  batch: LoadBatch,
  load: EntityLoad,
  rows: RowPlans,
  stored: StoredRows,
  confirmations: Confirmations,
): ReadonlySet<string> {
  const table = entityTable(load.entity)
  const accepted = new Set<string>()
  const children = Map.groupBy(stored, ([key]) => parentOf(key))
  for (const replace of load.replaces) {
    const { parentEntity, parentKey, version } = replace
    const parent = rows.stateAfter(parentEntity, parentKey)
    // What this batch confirms of the parent is not on record yet, and would not outdate it either.
    const ofParent = confirmations.ofRow(entityTable(parentEntity), parentKey)
    const ofChildren = confirmations.ofChildren(table, parentKey)
    if (!acceptsReplace(replace, parent, ofParent, ofChildren, batch.fullSync)) continue
    accepted.add(parentKey)
    const kept = new Set<string>()
    // A set of children without a parent row beside it has nothing else that keeps its version.
    let unwritten = !replace.withParent
    for (const row of replace.rows) {
      kept.add(row.key)
      const ofRow = confirmations.ofRow(table, row.key)
      const fate = fateOfUpsert(row, stored.get(row.key), ofRow, batch.fullSync)
      unwritten ||= fate === 'confirm'
      draft.upsert(row, fate, false)
    }
    for (const [key, state] of children.get(parentKey) ?? []) {
      if (kept.has(key)) continue
      const ofRow = confirmations.ofRow(table, key)
      if (state.active) draft.delete({ key, version }, fateOfDelete(version, state, ofRow))
      else unwritten = true
    }
    const kind = replace.withParent ? 'replace' : 'set'
    const known = ofChildren.some((last) => last.kind === kind && last.version.seq >= version.seq)
    if (unwritten && !known) draft.replaced(kind, parentKey, version)
  }
  return accepted
}
