import type { Change } from '../contracts/change.ts'
import type { Lookup } from '../contracts/context.ts'
import type { AnyStep } from '../contracts/step.ts'
import { isMillraceError, MillraceError } from '../errors/millrace-error.ts'
import { takeJson, textOf } from '../http/json-of.ts'
import type { LoadBatch } from '../load/load-batch.ts'
import { type PrepareOptions, prepareLoad } from '../load/prepare-load.ts'
import type { StoredRaw } from '../ports/ledger.ts'
import { asMillraceError, describeIssues, reasonOf } from './failure.ts'
import { lookupFor } from './lookup.ts'
import type { Work } from './open-work.ts'
import { itemIndexes, withItems } from './record-items.ts'
import { parseStoredUnit } from './stored-unit.ts'

/** What a transformer is given, as it is stored. */
export type RawPage = Pick<StoredRaw, 'bodies' | 'unit' | 'sourceSeq' | 'fullSync'>

export interface ComputedLoad {
  /** The items that were transformed, of a step that has items. */
  readonly items: readonly number[] | undefined
  readonly batch: LoadBatch
  readonly bad: readonly { readonly item: number; readonly error: MillraceError }[]
}

/**
 * Computes what a raw record says. The bodies, many times larger than their text, are free for collection while the batch
 * loads.
 *
 * @param chosen the items that the row is about; all when it names none
 * @throws NOT_JSON, INVALID_UNIT, INVALID_BODY or TRANSFORM_FAILED when nothing of the record can be used
 */
export async function computeLoad(work: Work, raw: RawPage, chosen?: readonly number[]): Promise<ComputedLoad> {
  const { step, engine } = work
  const { tenantId, integrationId, runId, options: chosenOptions } = work.lease()
  const lookup = await lookupFor(work)
  const unit = parseStoredUnit(step, raw.unit, 'transform')
  const bodies = raw.bodies.map((body) => parseJson(step, body))
  const items = chosen ?? itemIndexes(step, bodies)
  const scope = { tenantId, integrationId, runId }
  const maxRemovedShare = chosenOptions.allowDeletions === true ? 1 : engine.limits.maxRemovedShare
  const { entities } = work.connector
  const options = { scope, sourceSeq: raw.sourceSeq, fullSync: raw.fullSync, maxRemovedShare, entities }
  return { items, ...isolate(items, options, (subset) => changesOf(work, { unit, bodies }, subset, lookup)) }
}

/** The items that a row is about: those that it names, or all of its record. Undefined when the step has none. */
export function itemsOf({ step }: Work, raw: RawPage, chosen?: readonly number[]): readonly number[] | undefined {
  if (chosen || step.items === undefined) return chosen
  return itemIndexes(
    step,
    raw.bodies.map((body) => parseJson(step, body)),
  )
}

/** Prepares all items, and halves the set as long as it fails, so that only the bad ones are left out. */
function isolate(
  items: readonly number[] | undefined,
  options: PrepareOptions,
  compute: (subset: readonly number[] | undefined) => readonly Change[],
): { readonly batch: LoadBatch; readonly bad: readonly { item: number; error: MillraceError }[] } {
  const good: { readonly changes: readonly Change[]; readonly batch: LoadBatch }[] = []
  const bad: { item: number; error: MillraceError }[] = []
  const visit = (subset: readonly number[] | undefined): void => {
    try {
      const changes = compute(subset)
      good.push({ changes, batch: prepareLoad(changes, options) })
    } catch (caught) {
      const error = asMillraceError(caught, 'transform a record', false)
      const [only] = subset ?? []
      if (subset === undefined || only === undefined) throw error
      if (subset.length === 1) {
        bad.push({ item: only, error })
        return
      }
      const middle = subset.length >> 1
      visit(subset.slice(0, middle))
      visit(subset.slice(middle))
    }
  }
  visit(items)
  const [first, ...others] = good
  if (first && others.length === 0) return { batch: first.batch, bad }
  return {
    batch: prepareLoad(
      good.flatMap(({ changes }) => changes),
      options,
    ),
    bad,
  }
}

function changesOf(
  { step, connector }: Work,
  { unit, bodies }: { readonly unit: unknown; readonly bodies: readonly unknown[] },
  items: readonly number[] | undefined,
  lookup: Lookup,
): readonly Change[] {
  const { items: name } = step
  const chosen = items && name !== undefined ? bodies.map((body) => withItems(body, name, items)) : bodies
  const parsed = chosen.map((body) => parseBody(step, body, items))
  const refuse = (reason: string, cause?: unknown): MillraceError =>
    new MillraceError('TRANSFORM_FAILED', { message: `Failed to transform ${step.name}: ${reason}.`, cause })
  try {
    const changes = step.transform({ unit, body: parsed[0], bodies: parsed }, lookup)
    if (typeof changes?.[Symbol.iterator] !== 'function') {
      throw refuse('it returned nothing to iterate over; write it as a generator, and not as an async one')
    }
    return Array.from(changes, (change) => {
      if (connector.entities.includes(change?.entity) && !change.entity.edited) return change
      if (change?.entity?.edited) throw refuse(`it yielded ${change.entity.name}, whose rows people edit`)
      const what = change?.entity?.name ?? 'something that is no change'
      throw refuse(`it yielded ${what}; yield upsert, delete or replace of an entity that the connector declares`)
    })
  } catch (error) {
    if (isMillraceError(error)) throw error
    throw refuse(reasonOf(error), error)
  }
}

/** Mistakes are told by the positions that items have in the stored record. */
function parseBody(step: AnyStep, body: unknown, items: readonly number[] | undefined): unknown {
  const parsed = step.body.safeParse(body)
  if (parsed.success) return parsed.data
  const placed = (path: readonly PropertyKey[]): readonly PropertyKey[] => {
    const [name, position, ...rest] = path
    if (name !== step.items || name === undefined || typeof position !== 'number') return path
    return [name, items?.[position] ?? position, ...rest]
  }
  throw new MillraceError('INVALID_BODY', {
    message: `Failed to read a response of ${step.name}: ${describeIssues(parsed.error, placed)}.`,
  })
}

function parseJson(step: AnyStep, body: Uint8Array): unknown {
  try {
    return takeJson(body)
  } catch (cause) {
    const start = JSON.stringify(textOf(body).slice(0, 40))
    throw new MillraceError('NOT_JSON', {
      message: `Failed to read a response of ${step.name}: it is not JSON but begins with ${start}.`,
      cause,
    })
  }
}
