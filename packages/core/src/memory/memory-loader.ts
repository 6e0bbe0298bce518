import type { StoredRow } from '../contracts/context.ts'
import type { AnyEntity } from '../contracts/entity.ts'
import { cascadeRemovals, type RemovedRow } from '../load/cascade-removals.ts'
import { guardCensus } from '../load/guard-census.ts'
import type {
  ChangedRows,
  EntityLoad,
  LoadBatch,
  LoadCensus,
  LoadDelete,
  LoadReplace,
  LoadRow,
  LoadScope,
  SourceVersion,
} from '../load/load-batch.ts'
import { storedColumn } from '../load/stored-columns.ts'
import type { Loader, ReadRow } from '../ports/loader.ts'
import { joinTransaction, type MemoryTransaction } from './memory-transaction.ts'
import { resolveNames } from './resolve-names.ts'

/** A loader over maps, which also lets a program look at what it loaded. */
export interface MemoryLoader extends Loader {
  /** Live rows of an entity, of all tenants, in key order. */
  rows(entity: AnyEntity): readonly StoredRow[]
  /** What the names in an entity's rows mean now, of all tenants: what a store with views shows as its views. */
  resolved(entity: AnyEntity): readonly StoredRow[]
  /** Hash of a live row as a transaction sees it; undefined when there is none. */
  hashOf(tx: MemoryTransaction, entity: AnyEntity, key: string): string | undefined
}

interface MemoryRow {
  readonly key: string
  readonly values: StoredRow
  readonly hash: string
  readonly version: SourceVersion
  readonly active: boolean
  readonly runId: number
  readonly scope: Pick<LoadScope, 'tenantId' | 'integrationId'>
}

type Table = Map<string, MemoryRow>

const READ_PAGE = 500

export function memoryLoader(): MemoryLoader {
  const tables = new Map<string, Table>()
  /** Keys of children by entity and parent; a key is never removed, since tombstones stay. */
  const children = new Map<string, Set<string>>()
  /** Sequence of the last replace that came without its parent, by entity and parent. */
  const setVersions = new Map<string, { readonly seq: number }>()

  const table = (entity: AnyEntity): Table => {
    const found = tables.get(entity.name)
    if (found) return found
    const created: Table = new Map()
    tables.set(entity.name, created)
    return created
  }
  const childrenOf = (entity: AnyEntity, parentKey: string): Set<string> => {
    const name = `${entity.name}/${parentKey}`
    const found = children.get(name)
    if (found) return found
    const created = new Set<string>()
    children.set(name, created)
    return created
  }

  const write = (tx: MemoryTransaction, entity: AnyEntity, row: LoadRow, batch: LoadBatch): boolean => {
    const rows = table(entity)
    const stored = tx.get(rows, row.key)
    if (stored && !supersedes(row.version, stored, batch.fullSync)) return false
    const unchanged = stored?.active === true && stored.hash === row.hash
    const runId = unchanged ? stored.runId : batch.scope.runId
    const { tenantId, integrationId } = batch.scope
    tx.set(rows, row.key, { ...row, active: true, runId, scope: { tenantId, integrationId } })
    return !unchanged
  }

  /** Undefined when the row was seen later; else whether it lived until now. */
  const bury = (tx: MemoryTransaction, entity: AnyEntity, row: LoadDelete, batch: LoadBatch): boolean | undefined => {
    const stored = tx.get(table(entity), row.key)
    if (stored && row.version.seq < stored.version.seq) return undefined
    const { tenantId, integrationId, runId } = batch.scope
    const tombstone = stored ?? { key: row.key, values: {}, hash: '', scope: { tenantId, integrationId } }
    tx.set(table(entity), row.key, { ...tombstone, active: false, version: row.version, runId })
    return stored?.active === true
  }

  /** Rows that a census does not name, as deletes. */
  const missingFrom = (
    tx: MemoryTransaction,
    entity: AnyEntity,
    census: LoadCensus,
    { scope, maxRemovedShare }: LoadBatch,
  ): readonly LoadDelete[] => {
    const { within, version } = census
    const named = new Set(census.keys)
    const rows = table(entity)
    const live = [...rows.keys()].flatMap((key) => {
      const row = tx.get(rows, key)
      if (!row?.active || row.version.seq >= version.seq) return []
      if (row.scope.tenantId !== scope.tenantId || row.scope.integrationId !== scope.integrationId) return []
      return within === undefined || row.values[within.column] === within.key ? [row] : []
    })
    const missing = live.filter(({ key }) => !named.has(key))
    guardCensus(census, { entity, live: live.length, missing: missing.length, maxRemovedShare })
    return missing.map(({ key }) => ({ key, externalId: '', version }))
  }

  const counts = (tx: MemoryTransaction, entity: AnyEntity, replace: LoadReplace, batch: LoadBatch): boolean => {
    if (replace.withParent) {
      const parent = tx.get(table(replace.parentEntity), replace.parentKey)
      return !parent || supersedes(replace.version, parent, batch.fullSync)
    }
    const name = `${entity.name}/${replace.parentKey}`
    const last = tx.get(setVersions, name)
    if (last && replace.version.seq < last.seq) return false
    tx.set(setVersions, name, { seq: replace.version.seq })
    return true
  }

  const loadEntity = (
    tx: MemoryTransaction,
    load: EntityLoad,
    batch: LoadBatch,
  ): ChangedRows & { readonly gone: readonly RemovedRow[] } => {
    const { entity } = load
    const written = load.upserts.filter((row) => write(tx, entity, row, batch)).map((row) => row.key)
    if (entity.parent !== undefined) {
      const column = storedColumn(entity.parent)
      for (const { key, values } of load.upserts) childrenOf(entity, String(values[column])).add(key)
    }
    const missing = load.censuses.flatMap((census) => missingFrom(tx, entity, census, batch))
    const gone: RemovedRow[] = []
    const removed: string[] = []
    for (const row of [...load.deletes, ...missing]) {
      const lived = bury(tx, entity, row, batch)
      if (lived !== undefined) gone.push(row)
      if (lived) removed.push(row.key)
    }
    for (const replace of load.replaces) {
      if (!counts(tx, entity, replace, batch)) continue
      const siblings = childrenOf(entity, replace.parentKey)
      const kept = new Set(replace.rows.map((row) => row.key))
      for (const row of replace.rows) {
        siblings.add(row.key)
        if (write(tx, entity, row, batch)) written.push(row.key)
      }
      for (const key of siblings) {
        const gone = { key, externalId: '', version: replace.version }
        if (!kept.has(key) && bury(tx, entity, gone, batch)) removed.push(key)
      }
    }
    return { entity: entity.name, written, removed, gone }
  }

  return {
    joins: 'memory',
    prepare: async () => undefined,
    load: async (batch, outer) => {
      const { tx, finish } = joinTransaction(outer)
      // Parents first, so that a replace is compared with the parent row of its own batch.
      const parents = batch.loads.filter((load) => !isChild(load.entity)).map((load) => loadEntity(tx, load, batch))
      const whole = cascadeRemovals(batch, new Map(parents.map(({ entity, gone }) => [entity, gone])))
      const children = whole.loads.filter((load) => isChild(load.entity)).map((load) => loadEntity(tx, load, batch))
      finish()
      return [...parents, ...children].map(({ entity, written, removed }) => ({ entity, written, removed }))
    },
    async *read(scope, entity, filter = {}) {
      const wanted = filter.keys && new Set(filter.keys)
      const rows: ReadRow[] = []
      for (const row of table(entity).values()) {
        if (!row.active || row.scope.tenantId !== scope.tenantId) continue
        if (row.scope.integrationId !== scope.integrationId) continue
        if (wanted && !wanted.has(row.key)) continue
        if (filter.runId !== undefined && row.runId !== filter.runId) continue
        const values = filter.columns ? only(filter.columns, row.values) : row.values
        rows.push({ key: row.key, hash: row.hash, seq: row.version.seq, values })
      }
      rows.sort((left, right) => (left.key < right.key ? -1 : 1))
      for (let start = 0; start < rows.length; start += READ_PAGE) yield rows.slice(start, start + READ_PAGE)
    },
    hashOf: (tx, entity, key) => {
      const row = tx.get(table(entity), key)
      return row?.active ? row.hash : undefined
    },
    resolved: (entity) =>
      resolveNames(entity, (name) =>
        [...(tables.get(name)?.values() ?? [])]
          .filter(({ active }) => active)
          .map(({ key, values, scope }) => ({ key, values, tenantId: scope.tenantId })),
      ),
    rows: (entity) => {
      const live = [...table(entity).values()].filter((row) => row.active)
      return live.sort((left, right) => (left.key < right.key ? -1 : 1)).map((row) => row.values)
    },
  }
}

function isChild(entity: AnyEntity): boolean {
  return entity.parent !== undefined
}

function only(columns: readonly string[], values: StoredRow): StoredRow {
  return Object.fromEntries(Object.entries(values).filter(([column]) => columns.includes(column)))
}

/** Against a tombstone, and in a full sync, the sequence alone decides; otherwise the provider's time comes first. */
function supersedes(version: SourceVersion, stored: MemoryRow, fullSync: boolean): boolean {
  if (fullSync || !stored.active) return version.seq >= stored.version.seq
  const newer = (version.at?.getTime() ?? -1) - (stored.version.at?.getTime() ?? -1)
  return newer === 0 ? version.seq >= stored.version.seq : newer > 0
}
