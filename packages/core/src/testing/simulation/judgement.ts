import type { AnyEntity } from '../../contracts/entity.ts'
import { canonicalJson } from '../../ids/canonical-json.ts'
import { entityId } from '../../ids/entity-id.ts'
import type { DeadRow } from '../../ports/ledger.ts'
import type { ReadRow } from '../../ports/loader.ts'
import { profileOf } from '../../vectors/documents.ts'
import type { SimulatedAccount } from './simulated-stores.ts'
import type { SimulatedWorld } from './simulated-world.ts'
import { boards, cards, labels, notes } from './tracker/tracker-entities.ts'
import type { TrackerSource } from './tracker/tracker-source.ts'
import { Violation } from './violation.ts'

/** What may differ from the source, because a row about it is dead and says so. */
interface Excused {
  readonly boards: ReadonlySet<string>
  readonly cards: ReadonlySet<string>
  /** Cards whose notes are excused. */
  readonly notesOf: ReadonlySet<string>
  /** Keys of entity rows whose vectors are. */
  readonly vectors: ReadonlySet<string>
}

/**
 * Compares every store with the source, after runs that nothing disturbed: the tables hold what the source holds, but for
 * records whose dead rows say why not, and every text has its vector.
 *
 * @returns whether nothing had to be excused
 */
export async function judge(world: SimulatedWorld): Promise<boolean> {
  let flawless = true
  for (const [index, account] of world.stores.accounts.entries()) {
    const source = world.sources[index]
    if (!source) continue
    const excused = await excuses(world, account)
    flawless &&= Object.values(excused).every((found: ReadonlySet<string>) => found.size === 0)
    const tables = await readTables(world, account)
    judgeTables(world, account, source, tables, excused)
    if (world.shape.embedded) await judgeVectors(world, account, tables, excused)
  }
  for (const complaint of (await world.stores.audit?.()) ?? [])
    throw new Violation('the store agrees with itself', complaint)
  return flawless
}

type Tables = ReadonlyMap<AnyEntity, readonly ReadRow[]>

async function readTables({ stores }: SimulatedWorld, account: SimulatedAccount): Promise<Tables> {
  const tables = new Map<AnyEntity, readonly ReadRow[]>()
  for (const entity of [boards, cards, labels, notes]) {
    tables.set(entity, (await Array.fromAsync(stores.direct.loader.read(account, entity))).flat())
  }
  return tables
}

function judgeTables(
  world: SimulatedWorld,
  account: SimulatedAccount,
  source: TrackerSource,
  tables: Tables,
  excused: Excused,
): void {
  const id = (entity: AnyEntity, externalId: string): string =>
    entityId(account.tenantId, account.integrationId, entity.name, externalId)
  const alive = source.cards.filter((card) => !card.deleted)
  const cardIds = new Map(source.cards.map((card) => [id(cards, card.id), card.id]))
  const expect = (
    entity: AnyEntity,
    rows: readonly object[],
    isExcused: (row: { readonly [column: string]: unknown }) => boolean,
  ): void => {
    const wanted = rows.filter((row) => !isExcused(row as never)).map((row) => canonicalJson(row))
    const stored = (tables.get(entity) ?? [])
      .map((row) => ({ ...row.values }))
      .filter((row) => !isExcused(row))
      .map((row) => canonicalJson(row))
    const missing = wanted.filter((row) => !stored.includes(row))
    const surplus = stored.filter((row) => !wanted.includes(row))
    if (missing.length + surplus.length === 0 && stored.length === wanted.length) return
    const facts = `${entity.name} of tenant ${account.tenantId}: missing ${missing.join() || 'nothing'}, surplus ${surplus.join() || 'nothing'}, ${stored.length} rows for ${wanted.length}`
    throw new Violation('nothing lost', facts)
  }

  expect(
    boards,
    source.boards.map(({ id: external_id, title, revision, updated }) => ({
      external_id,
      title,
      revision,
      updated: new Date(updated),
    })),
    (row) => excused.boards.has(String(row.external_id)),
  )
  expect(
    cards,
    alive.map((card) => ({
      external_id: card.id,
      board_id: id(boards, card.board),
      text: card.text,
      revision: card.revision,
      updated: new Date(card.updated),
    })),
    (row) => excused.cards.has(String(row.external_id)),
  )
  expect(
    labels,
    world.shape.labels
      ? alive.flatMap((card) => card.labels.map((label) => ({ card_id: id(cards, card.id), ...label })))
      : [],
    (row) => excused.cards.has(cardIds.get(String(row.card_id)) ?? ''),
  )
  expect(
    notes,
    world.shape.notes === 'none'
      ? []
      : alive.flatMap((card) =>
          card.notes
            .filter((note) => !note.deleted)
            .map((note) => ({
              external_id: note.id,
              card_id: id(cards, card.id),
              text: note.text,
              revision: note.revision,
            })),
        ),
    (row) => excused.notesOf.has(cardIds.get(String(row.card_id)) ?? ''),
  )
}

async function judgeVectors(
  { vectorStore, provider, stores, lateVectors }: SimulatedWorld,
  account: SimulatedAccount,
  tables: Tables,
  excused: Excused,
): Promise<void> {
  const profile = profileOf(provider)
  const collection = { tenantId: account.tenantId, profile, dimensions: provider.dimensions }
  const isExcused = (key: string): boolean => excused.vectors.has(key) || lateVectors.has(key)
  await vectorStore.prepare(collection)
  const probe = new Float32Array(provider.dimensions).fill(1)
  const points = new Map(
    (await vectorStore.search(collection, { dense: probe, limit: 10_000 })).map(({ payload }) => [
      String(payload.row_id),
      payload,
    ]),
  )
  for (const entity of [cards, notes]) {
    const rows = tables.get(entity) ?? []
    const scope = { ...account, entity, profile }
    const keys = rows.map((row) => row.key)
    const bridged = new Map((await stores.direct.bridge.read(scope, keys)).map((row) => [row.key, row]))
    for (const row of rows) {
      const point = points.get(row.key)
      points.delete(row.key)
      if (isExcused(row.key)) continue
      const name = `${entity.name} ${String(row.values.external_id)} of tenant ${account.tenantId}`
      if (point?.text !== row.values.text)
        throw new Violation('vectors equal rows', `${name} has ${point ? 'the vector of another text' : 'no vector'}`)
      const state = bridged.get(row.key)?.state
      if (state !== 'ready') throw new Violation('vectors equal rows', `${name} is ${state ?? 'unknown'} in the bridge`)
    }
  }
  const stray = [...points.keys()].filter((key) => !isExcused(key))
  if (stray.length > 0) throw new Violation('vectors equal rows', `points without a row: ${stray.join(', ')}`)
}

/** Reads the dead rows of all runs of a job. Each must be explained by something that this world did to it. */
async function excuses(world: SimulatedWorld, account: SimulatedAccount): Promise<Excused> {
  const found = {
    boards: new Set<string>(),
    cards: new Set<string>(),
    notesOf: new Set<string>(),
    vectors: new Set<string>(),
  }
  for (const { ref } of world.observer.runs.values()) {
    if (ref.jobId !== account.jobId) continue
    for (const row of await world.stores.direct.ledger.deadRows(ref.runId, 1_000)) {
      explain(world, row)
      await excuse(world, account, row, found)
    }
  }
  return found
}

/** Why a row may be dead in a world such as this one. */
function explain({ shape, observer }: SimulatedWorld, { id, jobType, step, failure }: DeadRow): void {
  const reasons: { readonly [code: string]: boolean } = {
    LEASE_EXPIRED: !observer.wasLostBesideOthers(id),
    TRANSFORM_FAILED: jobType === 'transform' && (shape.poison || shape.killers),
    EMBED_FAILED: jobType === 'embed',
    DATABASE_UNAVAILABLE: true,
    HTTP_UNAVAILABLE: jobType === 'plan' || jobType === 'extract',
    HTTP_TIMEOUT: jobType === 'plan' || jobType === 'extract',
    RATE_LIMITED: jobType === 'plan' || jobType === 'extract',
    STEP_STOPPED: true,
  }
  if (reasons[failure.code]) return
  throw new Violation(
    'dead rows are explained',
    `row ${id} (${jobType} of ${step}): ${failure.code} ${failure.message}`,
  )
}

async function excuse(
  { stores, observer }: SimulatedWorld,
  account: SimulatedAccount,
  { jobType, step, payload }: DeadRow,
  found: {
    readonly boards: Set<string>
    readonly cards: Set<string>
    readonly notesOf: Set<string>
    readonly vectors: Set<string>
  },
): Promise<void> {
  if (jobType === 'embed') for (const key of payload.keys as readonly string[]) found.vectors.add(key)
  if (jobType === 'extract' && step === 'tracker_notes')
    found.notesOf.add((payload.unit as { readonly card: string }).card)
  const lease = observer.leaseOf(account.tenantId)
  if (jobType !== 'transform' || !lease) return
  const raw = await stores.direct.ledger.readRaw(lease, payload.raw_id as number)
  if (!raw) throw new Violation('nothing lost', `raw record ${String(payload.raw_id)} of a dead row is gone`)
  const items = payload.items as readonly number[] | undefined
  for (const body of raw.bodies) {
    const page = JSON.parse(Buffer.from(body).toString('utf8')) as {
      readonly boards?: readonly { readonly id: string }[]
      readonly cards?: readonly { readonly id: string }[]
      readonly notes?: readonly { readonly card_id: string }[]
    }
    const chosen = <Item>(all: readonly Item[] = []): readonly Item[] =>
      all.filter((_, index) => !items || items.includes(index))
    for (const board of chosen(page.boards)) found.boards.add(board.id)
    for (const card of chosen(page.cards)) found.cards.add(card.id)
    for (const note of chosen(page.notes)) found.notesOf.add(note.card_id)
  }
}
