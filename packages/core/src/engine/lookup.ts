import { isClosed } from '../completion/advance.ts'
import type { Lookup, StoredRow } from '../contracts/context.ts'
import type { AnyEntity } from '../contracts/entity.ts'
import { MillraceError } from '../errors/millrace-error.ts'
import { storedColumn } from '../load/stored-columns.ts'
import type { Engine } from './engine.ts'
import type { Work } from './open-work.ts'

/** Snapshots of the last runs and steps; a complete one is taken once per run and step in a process. */
const MAX_SNAPSHOTS = 32
const snapshots = new WeakMap<Engine, Map<string, Promise<Lookup>>>()

/**
 * The snapshot of what a step reads, where its transformer looks something up: what only `ctx.rows` reads may be many times
 * what fits into memory. Steps whose rows it needs are complete by then: that is what `after` is for. Only
 * debt of an earlier run may be worked on before; what it sees is not kept for the others.
 */
export async function lookupFor(work: Work): Promise<Lookup> {
  const { engine, step } = work
  if (!step.looksUp) return lookupOver(new Map(), 'the transformer does not declare the lookup as its second parameter')
  const { runId } = work.lease()
  const taken = snapshots.get(engine) ?? new Map<string, Promise<Lookup>>()
  snapshots.set(engine, taken)
  const key = `${runId}/${step.name}`
  const known = taken.get(key)
  if (known) return known
  if (!(await isReady(work))) return takeSnapshot(work)
  const found = taken.get(key)
  if (found) return found
  const snapshot = takeSnapshot(work)
  taken.set(key, snapshot)
  // A failed snapshot is the row's failure, and the next row takes a new one.
  snapshot.catch(() => taken.delete(key))
  const [oldest] = taken.keys()
  if (taken.size > MAX_SNAPSHOTS && oldest !== undefined) taken.delete(oldest)
  return snapshot
}

/** Whether the steps whose rows this one needs are transformed. */
async function isReady({ engine, step, lease }: Work): Promise<boolean> {
  if (step.after.length === 0 || step.reads.length === 0) return true
  const run = await engine.ledger.run(lease().runId)
  const needed = run?.counters.filter(
    (row) => row.stage === 'transform' && step.after.some((other) => other.name === row.step),
  )
  return needed?.every(isClosed) ?? false
}

async function takeSnapshot(work: Work): Promise<Lookup> {
  const { engine, step } = work
  const tables = new Map<AnyEntity, ReadonlyMap<string, StoredRow>>()
  for (const entity of step.reads) {
    const rows = new Map<string, StoredRow>()
    const keyColumn = storedColumn(entity.key[0] ?? '')
    for await (const page of engine.loader.read(work.lease(), entity)) {
      for (const row of page) {
        if (entity.parent === undefined) rows.set(String(row.values[keyColumn]), { ...row.values, id: row.key })
        else rows.set(row.key, row.values)
      }
    }
    tables.set(entity, rows)
  }
  return lookupOver(tables)
}

/** A lookup over tables by external id. */
function lookupOver(
  tables: ReadonlyMap<AnyEntity, ReadonlyMap<string, StoredRow>>,
  reasonForNone = 'the step does not name it in `reads`',
): Lookup {
  const table = (entity: AnyEntity): ReadonlyMap<string, StoredRow> => {
    const found = tables.get(entity)
    if (found) return found
    throw new MillraceError('INVALID_DEFINITION', {
      message: `Failed to look up ${entity.name}: ${reasonForNone}. Add it there.`,
    })
  }
  return {
    get: (entity, externalId) => table(entity).get(externalId),
    all: (entity) => [...table(entity).values()],
  }
}
