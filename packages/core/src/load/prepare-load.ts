import { hash } from 'node:crypto'
import type { CensusScope, Change, UntypedRow } from '../contracts/change.ts'
import type { AnyEntity } from '../contracts/entity.ts'
import { MillraceError } from '../errors/millrace-error.ts'
import { inOrder } from '../ids/canonical-json.ts'
import type {
  EntityLoad,
  LoadBatch,
  LoadCensus,
  LoadDelete,
  LoadReplace,
  LoadRow,
  LoadScope,
  SourceVersion,
} from './load-batch.ts'
import { storageType } from './storage-type.ts'
import { absentRow, blankRow, type ReferenceIds, referenceIds, sortedColumns, storedColumn } from './stored-columns.ts'

export interface PrepareOptions {
  readonly scope: LoadScope
  readonly sourceSeq: number
  readonly fullSync: boolean
  /** The share of live rows that a census may remove, 0 to 1. @default 0.2 */
  readonly maxRemovedShare?: number
  /** What the connector declares: children among them go with their parents. @default none, then they stay */
  readonly entities?: readonly AnyEntity[]
}

const DEFAULT_MAX_REMOVED_SHARE = 0.2

/**
 * Turns the changes of one raw record into a batch: ids, references, versions and hashes are computed here, outside of
 * any transaction. Of several upserts and deletes of one row the last counts, since a record is read from its start.
 *
 * @throws TRANSFORM_FAILED when a row has no key or a time that is none, a child is deleted by an id, or the children of a
 *   parent are replaced twice
 */
export function prepareLoad(changes: Iterable<Change>, options: PrepareOptions): LoadBatch {
  const drafts = new Map<AnyEntity, Draft>()
  const ids = referenceIds(options.scope)
  const draftOf = (entity: AnyEntity): Draft => {
    const found = drafts.get(entity)
    if (found) return found
    const draft: Draft = { upserts: new Map(), deletes: new Map(), replaces: new Map(), censuses: [] }
    drafts.set(entity, draft)
    return draft
  }
  const parentTimes = new Map<string, Date | null>()

  for (const change of changes) {
    const draft = draftOf(change.entity)
    if (change.op === 'upsert') {
      const row = prepareRow(change.entity, change.row, options, ids)
      draft.upserts.set(row.key, row)
      draft.deletes.delete(row.key)
      parentTimes.set(row.key, row.version.at)
    } else if (change.op === 'delete') {
      if (change.entity.parent !== undefined) {
        throw invalid(
          change.entity,
          'a child cannot be deleted by an id',
          'Replace the children of its parent instead.',
        )
      }
      const key = rowId(change.entity, change.externalId, ids)
      draft.upserts.delete(key)
      draft.deletes.set(key, { key, externalId: change.externalId, version: { at: null, seq: options.sourceSeq } })
    } else if (change.op === 'census') {
      draft.censuses.push(prepareCensus(change, options, ids))
    } else {
      const replace = prepareReplace(change.entity, change.parentExternalId, change.rows, options, ids)
      if (draft.replaces.has(replace.parentKey)) {
        const reason = `the children of ${change.parentExternalId} are replaced twice in one record`
        throw invalid(change.entity, reason, 'Name all of them in one replace.')
      }
      draft.replaces.set(replace.parentKey, replace)
    }
  }

  const loads: EntityLoad[] = []
  for (const [entity, draft] of drafts) {
    // Children carry the version of the parent that they were read with.
    const replaces = [...draft.replaces.values()].map((replace) => {
      const at = parentTimes.get(replace.parentKey)
      return at === undefined ? replace : atParentTime(replace, at)
    })
    loads.push({
      entity,
      upserts: byKey([...draft.upserts.values()]),
      deletes: byKey([...draft.deletes.values()]),
      replaces: replaces.sort((left, right) => compare(left.parentKey, right.parentKey)),
      censuses: draft.censuses,
    })
  }
  loads.sort((left, right) => compare(left.entity.name, right.entity.name))
  const { scope, fullSync, maxRemovedShare = DEFAULT_MAX_REMOVED_SHARE, entities = [] } = options
  const children = entities.filter(({ parent }) => parent !== undefined)
  return { scope, fullSync, maxRemovedShare, children, loads }
}

interface Draft {
  readonly upserts: Map<string, LoadRow>
  readonly deletes: Map<string, LoadDelete>
  readonly replaces: Map<string, LoadReplace>
  readonly censuses: LoadCensus[]
}

function prepareReplace(
  entity: AnyEntity,
  parentExternalId: string,
  rows: readonly UntypedRow[],
  options: PrepareOptions,
  ids: ReferenceIds,
): LoadReplace {
  const parentEntity = entity.parent === undefined ? undefined : entity.references[entity.parent]
  if (!parentEntity) throw invalid(entity, 'it has no parent, so its rows cannot be replaced', 'Declare `parent`.')
  const parentKey = rowId(parentEntity, parentExternalId, ids)
  const parentColumn = storedColumn(entity.parent ?? '')
  const prepared = new Map<string, LoadRow>()
  for (const row of rows) {
    const child = prepareRow(entity, row, options, ids)
    if (child.values[parentColumn] !== parentKey) {
      throw invalid(
        entity,
        `a row given for parent ${parentExternalId} belongs to another one`,
        'Group rows by parent.',
      )
    }
    prepared.set(child.key, child)
  }
  const version: SourceVersion = { at: null, seq: options.sourceSeq }
  return { parentKey, parentEntity, withParent: false, version, rows: byKey([...prepared.values()]) }
}

function prepareCensus(
  { entity, externalIds, within, certain }: Extract<Change, { op: 'census' }>,
  options: PrepareOptions,
  ids: ReferenceIds,
): LoadCensus {
  if (entity.parent !== undefined) {
    throw invalid(entity, 'a child entity cannot be counted', 'Replace the children of each parent instead.')
  }
  return {
    keys: externalIds.map((externalId) => rowId(entity, externalId, ids)).sort(),
    within: within && reachOf(entity, within, ids),
    certain,
    version: { at: null, seq: options.sourceSeq },
  }
}

function reachOf(entity: AnyEntity, { column, externalId }: CensusScope, ids: ReferenceIds): LoadCensus['within'] {
  const target = entity.references[column]
  if (target) return { column: storedColumn(column), key: rowId(target, externalId, ids) }
  const schema = entity.columns.shape[column]
  if (schema && storageType(schema) === 'text') return { column: storedColumn(column), key: externalId }
  throw invalid(entity, `${column} is neither a reference nor text`, 'A census reaches over one of these.')
}

function atParentTime(replace: LoadReplace, at: Date | null): LoadReplace {
  const version = { at, seq: replace.version.seq }
  return { ...replace, withParent: true, version, rows: replace.rows.map((row) => ({ ...row, version })) }
}

function prepareRow(entity: AnyEntity, row: UntypedRow, options: PrepareOptions, ids: ReferenceIds): LoadRow {
  const values: Record<string, unknown> = { ...blankRow(entity) }
  const present: Record<string, unknown> = { ...absentRow(entity) }
  for (const { declared, stored, target } of sortedColumns(entity)) {
    const given = row[declared] ?? null
    const value = target ? ids(target, given) : typeof given === 'bigint' ? String(given) : given
    if (value === null) continue
    values[stored] = value
    present[stored] = typeof value === 'object' ? inOrder(value) : value
  }
  // Canonical, since the columns come in the order of their names, and those without a value are left out.
  const json = JSON.stringify(present)
  return {
    key: rowKey(entity, row, values, ids),
    values,
    json,
    version: { at: versionTime(entity, row), seq: options.sourceSeq },
    hash: hash('sha1', json, 'base64'),
  }
}

function rowKey(
  entity: AnyEntity,
  row: UntypedRow,
  values: { readonly [column: string]: unknown },
  ids: ReferenceIds,
): string {
  const parts = entity.key.map((column) => values[storedColumn(column)])
  if (parts.some((part) => part === null || part === undefined)) {
    throw invalid(entity, `a row has no ${entity.key.join(', ')}`, 'The key must always be set.')
  }
  return entity.parent === undefined ? rowId(entity, row[entity.key[0] ?? ''], ids) : JSON.stringify(parts)
}

function rowId(entity: AnyEntity, externalId: unknown, ids: ReferenceIds): string {
  return ids(entity, externalId) ?? ''
}

function versionTime(entity: AnyEntity, row: UntypedRow): Date | null {
  if (entity.version === undefined) return null
  const value = row[entity.version]
  if (value === null || value === undefined) return null
  const at = value instanceof Date ? value : new Date(value as string | number)
  if (Number.isNaN(at.getTime())) throw invalid(entity, `${entity.version} is not a time`, 'It orders the versions.')
  return at
}

function invalid(entity: AnyEntity, reason: string, remedy: string): MillraceError {
  return new MillraceError('TRANSFORM_FAILED', {
    message: `Failed to prepare rows of ${entity.name}: ${reason}. ${remedy}`,
    context: { entity: entity.name },
  })
}

function byKey<Row extends { readonly key: string }>(rows: Row[]): readonly Row[] {
  return rows.sort((left, right) => compare(left.key, right.key))
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
