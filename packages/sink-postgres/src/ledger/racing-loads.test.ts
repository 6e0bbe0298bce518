import { defineEntity, type Lease, type Ledger, prepareLoad } from '@millrace/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { postgresLoader } from '../loader/postgres-loader.ts'
import { DONE, page, type TwoPrograms, twoPrograms, unit } from './testing/two-programs.ts'

const serverUrl = process.env.DATABASE_URL

const issues = defineEntity({
  name: 'racing_issues',
  key: 'id',
  columns: z.object({ id: z.string(), title: z.string() }),
})

/** What a raw record says about the issue, and when it was asked for. */
interface Said {
  readonly seq: number
  readonly title: string | null
}

const OLD: Said = { seq: 1, title: 'old' }
const NEW: Said = { seq: 2, title: 'new' }

const RACES: readonly { readonly name: string; readonly said: readonly [Said, Said]; readonly stored: string[] }[] = [
  { name: 'an older record and a newer one', said: [OLD, NEW], stored: ['new'] },
  { name: 'a delete and an older record', said: [{ seq: 2, title: null }, OLD], stored: [] },
  { name: 'a delete and a newer record', said: [{ seq: 1, title: null }, NEW], stored: ['new'] },
]

describe.skipIf(!serverUrl)('two transforms of one row, switched before every statement (DATABASE_URL)', () => {
  let two: TwoPrograms
  beforeAll(async () => {
    two = await twoPrograms(serverUrl ?? '', [issues])
  })
  afterAll(() => two.close())

  /** Loads in the ledger's transaction, as a transform does. */
  const transform = (db: Database, ledger: Ledger, lease: Lease, { seq, title }: Said): Promise<string> => {
    const change = title === null ? issues.delete('1') : issues.upsert({ id: '1', title })
    const batch = prepareLoad([change], { scope: lease, sourceSeq: seq, fullSync: false })
    const effect = async (tx: unknown) => {
      await postgresLoader(db).load(batch, tx)
      return { births: [] }
    }
    return ledger.commit(lease, { ...DONE, effect })
  }

  for (const first of [undefined, { seq: 0, title: 'first' }]) {
    const existence = first ? 'exists' : 'does not exist yet'
    test.each(RACES)(`$name about a row that ${existence}: the newer one counts`, async ({ said, stored }) => {
      await two.everyOrder(async () => {
        const run = await two.start([{ name: 'issues' }])
        const [planning] = await two.claim('plan')
        const births = ['A', 'B', 'C'].map((key) => unit('issues', key))
        if (planning) await two.ledger.commit(planning, { ...DONE, births })
        for (const lease of await two.claim('extract')) await two.ledger.commit(lease, { ...DONE, raw: page() })
        const [left, right, before] = await two.claim('transform')
        if (!left || !right || !before) throw new Error('too few transforms')
        if (first) await transform(two.db, two.ledger, before, first)
        else await two.ledger.commit(before, DONE)
        const [one, other] = two.programs
        return {
          first: () => transform(one.db, one.ledger, left, said[0]),
          second: () => transform(other.db, other.ledger, right, said[1]),
          check: async (outcomes) => {
            expect(outcomes).toEqual(['committed', 'committed'])
            const rows = await two.db.query(tenant(left.tenantId), 'SELECT title FROM racing_issues WHERE active')
            expect(rows.map(({ title }) => title)).toEqual(stored)
            expect((await two.look(run)).snapshot?.state).toBe('finished')
          },
        }
      })
    })
  }
})
