import assert from 'node:assert/strict'
import type { Change } from '../../contracts/change.ts'
import { canonicalJson } from '../../ids/canonical-json.ts'
import type { Random } from '../../ports/random.ts'
import { seededRandom } from '../seeded-random.ts'
import {
  ALL_ENTITIES,
  CHANGELOGS,
  changelogs,
  ISSUES,
  issue,
  LABELS,
  type LoaderBench,
  type LoaderProof,
} from './loader-bench.ts'

const SEEDS = [1, 2, 3, 4, 5, 6]
const RECORDS = 24
const NAMES = ['A', 'B', 'C', 'D']

/** One raw record: what a request at this sequence said about one thing. */
interface Record {
  readonly seq: number
  readonly name: string
  readonly changes: readonly Change[]
}

/** Any permutation and repetition of raw records gives the same rows as reading them once, in order. */
export const ANY_ORDER: readonly LoaderProof[] = SEEDS.map((seed) => ({
  name: `any order and any repetition of records gives the same rows (seed ${seed})`,
  async prove(bench) {
    const random = seededRandom(seed)
    const records = history(random)
    const delivered = shuffled([...records, ...records.filter(() => random.next() < 0.3)], random)
    for (const { seq, changes } of delivered) await bench.load(seq, changes, { entities: ALL_ENTITIES })
    assert.deepEqual(await contentOf(bench), expected(records), `delivered ${delivered.map(({ seq }) => seq).join()}`)
  },
}))

/**
 * A source that changes while it is read. Its times have the resolution of a minute, so two versions may share one; a
 * thing may also come back unchanged, vanish and return.
 */
function history(random: Random): readonly Record[] {
  const things = new Map(NAMES.map((name) => [name, { title: 'new', minute: 0, fields: 1, gone: false }]))
  let minute = 0
  return Array.from({ length: RECORDS }, (_, index): Record => {
    const seq = index + 1
    const name = NAMES[Math.floor(random.next() * NAMES.length)] ?? 'A'
    const thing = things.get(name) ?? { title: '', minute, fields: 0, gone: false }
    minute += Math.floor(random.next() * 2)
    if (random.next() < 0.6) {
      thing.title = `title ${Math.floor(random.next() * 3)}`
      thing.minute = minute
      thing.fields = Math.floor(random.next() * 4)
    }
    thing.gone = random.next() < 0.2
    things.set(name, thing)
    if (thing.gone) return { seq, name, changes: [ISSUES.delete(name), LABELS.delete(name)] }
    const fields = Array.from({ length: thing.fields }, (_, position) => `${thing.title} ${position}`)
    const label = LABELS.upsert({ id: name, color: thing.title })
    return { seq, name, changes: [issue(name, thing.title, thing.minute), changelogs(name, fields), label] }
  })
}

/** What the last record of each thing says. Children of a thing that is gone went with it. */
function expected(records: readonly Record[]): readonly string[] {
  const last = new Map(records.map((record) => [record.name, record]))
  const lines = [...last.values()].flatMap(({ changes }) =>
    changes.flatMap((change) => {
      if (change.op === 'delete' || change.op === 'census') return []
      const rows = change.op === 'replace' ? change.rows : [change.row]
      return rows.map((row) => line(change.entity.name, row.title ?? row.field ?? row.color, row.id ?? row.issue))
    }),
  )
  return lines.sort()
}

async function contentOf(bench: LoaderBench): Promise<readonly string[]> {
  const names = new Map(NAMES.map((name) => [bench.idOf(ISSUES, name), name]))
  return [
    ...(await bench.rows(ISSUES)).map(({ values }) => line(ISSUES.name, values.title, values.external_id)),
    ...(await bench.rows(CHANGELOGS)).map(({ values }) =>
      line(CHANGELOGS.name, values.field, names.get(String(values.issue))),
    ),
    ...(await bench.rows(LABELS)).map(({ values }) => line(LABELS.name, values.color, values.external_id)),
  ].sort()
}

function line(entity: string, content: unknown, owner: unknown): string {
  return canonicalJson([entity, owner, content])
}

function shuffled<Item>(items: readonly Item[], random: Random): readonly Item[] {
  const keyed = items.map((item) => ({ item, order: random.next() }))
  return keyed.sort((left, right) => left.order - right.order).map(({ item }) => item)
}
