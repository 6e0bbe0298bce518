import type { LoadBatch, LoadScope, SourceVersion } from '@millrace/core'
import { tenant } from '../database/access.ts'
import type { Database, Tx } from '../database/database.ts'
import { type EntityTable, entityTable } from '../entities/entity-table.ts'
import type { Confirmation } from './decide.ts'
import type { LockedRows } from './lock-rows.ts'
import { confirmationKey, parentOf } from './row-key.ts'

/**
 * Confirmations are what lets an unchanged row stay unwritten. A@1, A@3, B@2: when A@3 finds A@1 in the table, nothing
 * is written to the row, but that it still was A at 3 goes on record here, so that B@2 does not win afterwards. Of a
 * `replace`, the parent's key goes on record: all of its children, and the absence of others, are confirmed with it. One
 * without its parent row always goes on record, since the version of such a set of children is kept nowhere else.
 *
 * Why this holds when loads race: a load first locks the rows it is about (a confirmed row too, although it is not
 * written), and only in a LATER statement reads the confirmations. Of two loads of one row that do not both find it
 * unchanged, the second to get the lock therefore sees what the first one wrote or confirmed. Rows that do not exist cannot be locked, and cannot have been
 * confirmed either: they are inserted only if still absent, else the transaction starts anew. Parents that do not exist
 * are stood in for by one advisory lock per entity.
 */
const READ = `
  SELECT c.entity, c.kind, k.key, k.at, c.source_seq AS seq
    FROM unnest($3::text[], $4::bigint[]) AS e (entity, oldest)
    JOIN load_confirmations c
      ON c.tenant_id = $1 AND c.integration_id = $2 AND c.entity = e.entity AND c.source_seq >= e.oldest
   CROSS JOIN LATERAL unnest(c.keys, c.ats) AS k (key, at)
   WHERE k.key = ANY ($5::uuid[])`

/** Almost always there is none, and then the keys, thousands of them for child rows, need not be made or sent. */
const ARE_THERE_ANY = `
  SELECT 1 FROM unnest($3::text[], $4::bigint[]) AS e (entity, oldest)
   WHERE EXISTS (SELECT FROM load_confirmations c
     WHERE c.tenant_id = $1 AND c.integration_id = $2 AND c.entity = e.entity AND c.source_seq >= e.oldest)
   LIMIT 1`

const RECORD = `
  INSERT INTO load_confirmations (tenant_id, integration_id, entity, kind, source_seq, keys, ats)
  SELECT $1, $2, entity, kind, source_seq, keys, ats
    FROM json_to_recordset($3::json)
      AS r (entity text, kind text, source_seq bigint, keys uuid[], ats timestamptz[])`

/** One key of an entity and the version that was confirmed for it. */
export interface ConfirmedKey {
  readonly entity: string
  readonly kind: Confirmation['kind']
  readonly key: string
  readonly version: SourceVersion
}

/** Confirmations of some keys. */
export interface Confirmations {
  /** Of a row, by its key. */
  ofRow(table: EntityTable, key: string): readonly Confirmation[]
  /** Of the children of a parent as a whole. */
  ofChildren(table: EntityTable, parentKey: string): readonly Confirmation[]
}

/** Reads what was confirmed for a batch's rows at its sequences or later. In order of arrival, that is nothing at all. */
export async function readConfirmations(tx: Tx, batch: LoadBatch, locked: LockedRows): Promise<Confirmations> {
  const { tenantId, integrationId } = batch.scope
  const entities = [...locked.keys()]
  const values = [tenantId, integrationId, entities, entities.map(() => oldestSequence(batch))]
  const found = new Map<string, Confirmation[]>()
  if (entities.length > 0 && (await tx.query(ARE_THERE_ANY, values)).length > 0) {
    const rows = await tx.query<{
      entity: string
      kind: Confirmation['kind']
      key: string
      at: Date | null
      seq: number
    }>(READ, [...values, [...touchedKeys(batch, locked)]])
    for (const { entity, kind, key, at, seq } of rows) {
      const name = `${entity}/${key}`
      const confirmations = found.get(name) ?? []
      confirmations.push({ kind, version: { at, seq } })
      found.set(name, confirmations)
    }
  }
  return {
    ofRow: (table, key) => (found.size === 0 ? [] : (found.get(`${table.name}/${confirmationKey(table, key)}`) ?? [])),
    ofChildren: (table, parentKey) => (found.size === 0 ? [] : (found.get(`${table.name}/${parentKey}`) ?? [])),
  }
}

/** The lowest sequence in a batch: only confirmations from there on can matter to it. */
function oldestSequence({ loads }: LoadBatch): number {
  let oldest = Number.MAX_SAFE_INTEGER
  for (const { upserts, deletes, replaces } of loads) {
    for (const changes of [upserts, deletes, replaces]) {
      for (const { version } of changes) oldest = Math.min(oldest, version.seq)
    }
  }
  return oldest
}

/** Keys of all rows that a batch may change, and of the parents of children among them. */
function touchedKeys({ loads }: LoadBatch, locked: LockedRows): ReadonlySet<string> {
  const touched = new Set<string>()
  for (const { entity, upserts, deletes, replaces } of loads) {
    const table = entityTable(entity)
    const named = [...upserts, ...deletes, ...replaces.flatMap(({ rows }) => rows)].map(({ key }) => key)
    for (const key of [...named, ...(locked.get(entity.name)?.keys() ?? [])]) touched.add(confirmationKey(table, key))
    if (entity.parent !== undefined) for (const key of named) touched.add(parentOf(key))
    for (const { parentKey } of replaces) touched.add(parentKey)
  }
  return touched
}

/** Puts confirmed keys on record, one row per entity, kind and sequence. */
export async function recordConfirmations(tx: Tx, scope: LoadScope, confirmed: readonly ConfirmedKey[]): Promise<void> {
  if (confirmed.length === 0) return
  const groups = Map.groupBy(confirmed, ({ entity, kind, version }) => `${entity}/${kind}/${version.seq}`)
  const rows = [...groups.values()].flatMap((group) => {
    const [first] = group
    if (!first) return []
    const { entity, kind, version } = first
    return [
      {
        entity,
        kind,
        source_seq: version.seq,
        keys: group.map(({ key }) => key),
        ats: group.map((each) => each.version.at),
      },
    ]
  })
  await tx.execute(RECORD, [scope.tenantId, scope.integrationId, JSON.stringify(rows)])
}

/** $1 tenant · $2 integration · $3 sequence · $4 limit */
const PRUNE = `
  DELETE FROM load_confirmations WHERE id = ANY (ARRAY (
    SELECT id FROM load_confirmations WHERE tenant_id = $1 AND integration_id = $2 AND source_seq <= $3
     LIMIT $4 FOR UPDATE SKIP LOCKED))`

/**
 * Forgets confirmations that nothing can contradict any more.
 *
 * @param options.oldestSeq the lowest sequence of a raw record that is still stored or being fetched: a load older than
 *   that can never come, not even by replay
 * @param options.batch rows deleted in one transaction. Default: 1000
 * @returns how many were removed
 */
export async function pruneConfirmations(
  db: Database,
  options: {
    readonly tenantId: number
    readonly integrationId: number
    readonly oldestSeq: number
    readonly batch?: number
  },
): Promise<number> {
  const { tenantId, integrationId, oldestSeq, batch = 1000 } = options
  let pruned = 0
  for (;;) {
    const count = await db.transaction(tenant(tenantId), (tx) =>
      tx.execute(PRUNE, [tenantId, integrationId, oldestSeq, batch]),
    )
    pruned += count
    if (count < batch) return pruned
  }
}
