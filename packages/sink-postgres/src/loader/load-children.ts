import type { EntityLoad, LoadBatch } from '@millrace/core'
import type { Tx } from '../database/database.ts'
import { entityTable } from '../entities/entity-table.ts'
import { type Confirmations, readConfirmations } from './confirmations.ts'
import { acceptsReplace, fateOfDelete, fateOfUpsert, type StoredState } from './decide.ts'
import { type EntityPlan, oldestSequence, PlanDraft, type RowPlans } from './load-rows.ts'
import { lockChildren, lockOrphans, lockRows } from './lock-rows.ts'
import { confirmationKey, parentOf } from './row-key.ts'

/** Locks the rows of child entities that a batch is about, and decides what becomes of each. */
export async function planChildren(tx: Tx, batch: LoadBatch, rows: RowPlans): Promise<readonly EntityPlan[]> {
  const loads = batch.loads.filter(({ entity }) => entity.parent !== undefined)
  const plans: EntityPlan[] = []
  for (const load of loads) plans.push(await planChild(tx, batch, load, rows))
  return plans
}

async function planChild(tx: Tx, batch: LoadBatch, load: EntityLoad, rows: RowPlans): Promise<EntityPlan> {
  const table = entityTable(load.entity)
  const orphans = load.replaces.some(
    ({ parentEntity, parentKey }) =>
      !rows.stateAfter(parentEntity, parentKey) || rows.isUnseen(parentEntity, parentKey),
  )
  if (orphans) await lockOrphans(tx, table, batch.scope.integrationId)

  const parents = load.replaces.map(({ parentKey }) => parentKey)
  const direct = [...load.upserts, ...load.deletes].map(({ key }) => key).sort()
  const stored = new Map<string, StoredState>([
    ...(await lockChildren(tx, table, parents)),
    ...(await lockRows(tx, table, direct)),
  ])
  const keys = (): readonly string[] => {
    const replacedKeys = load.replaces.flatMap((replace) => replace.rows.map(({ key }) => key))
    const touched = new Set([...stored.keys(), ...direct, ...replacedKeys])
    return [
      ...[...touched].map((key) => confirmationKey(table, key)),
      ...new Set([...parents, ...direct.map(parentOf)]),
    ]
  }
  const confirmations = await readConfirmations(tx, batch.scope, [
    { entity: table.name, keys, oldest: oldestSequence(batch) },
  ])

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
  stored: ReadonlyMap<string, StoredState>,
  confirmations: Confirmations,
): ReadonlySet<string> {
  const table = entityTable(load.entity)
  const accepted = new Set<string>()
  const children = Map.groupBy(stored, ([key]) => parentOf(key))
  for (const replace of load.replaces) {
    const { parentEntity, parentKey, version } = replace
    const parent = rows.stateAfter(parentEntity, parentKey)
    // What this batch confirms of the parent is not on record yet, and would not outdate it either.
    const ofParent = rows.confirmations.ofRow(entityTable(parentEntity), parentKey)
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
