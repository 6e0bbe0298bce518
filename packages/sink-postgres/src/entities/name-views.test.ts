import { type AnyEntity, type Change, defineEntity, prepareLoad } from '@millrace/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { tenant } from '../database/access.ts'
import { seedTenant } from '../jobs/seed-tenant.ts'
import { postgresLoader } from '../loader/postgres-loader.ts'
import { migrate } from '../migrations/migrate.ts'
import { type ScratchDatabase, scratchKinds } from '../testing/scratch-database.ts'
import { prepareEntities } from './prepare-entities.ts'

/** Two connectors that know nothing of each other but a name. */
const connectors = (prefix: string) => {
  const text = z.string()
  const id = z.object({ id: text })
  const letters = defineEntity({ name: `${prefix}_letters`, key: 'id', columns: id })
  const mentions = defineEntity({
    name: `${prefix}_mentions`,
    key: ['letter_id', 'nickname'],
    parent: 'letter_id',
    references: { letter_id: letters },
    columns: z.object({ letter_id: text, nickname: text }),
    resolves: [
      {
        ...{ view: `${prefix}_mentioned`, name: 'nickname' },
        ...{ in: `${prefix}_nicknames`, by: 'nickname', means: 'person_id', of: `${prefix}_persons` },
      },
    ],
  })
  const persons = defineEntity({ name: `${prefix}_persons`, key: 'id', columns: id })
  const nicknames = defineEntity({
    name: `${prefix}_nicknames`,
    key: ['person_id', 'nickname'],
    parent: 'person_id',
    references: { person_id: persons },
    columns: z.object({ person_id: text, nickname: text }),
  })
  return { letters, mentions, persons, nicknames }
}

describe.each(scratchKinds(process.env.DATABASE_URL))('what names mean, on $name', (kind) => {
  let db: ScratchDatabase
  let tenants: readonly number[]
  beforeAll(async () => {
    db = await kind.open()
    await migrate(db)
    tenants = [await seedTenant(db, { name: 'Apple' }), await seedTenant(db, { name: 'Pear' })]
  })
  afterAll(() => db.close())

  let seq = 0
  const load = async (tenantId: number, integrationId: number, changes: readonly Change[]): Promise<void> => {
    seq += 1
    const scope = { tenantId, integrationId, runId: 1 }
    await postgresLoader(db).load(prepareLoad(changes, { scope, sourceSeq: seq, fullSync: false }), undefined)
  }
  const look = (view: string, tenantId: number) =>
    db.query<{ nickname: string; person: string }>(
      tenant(tenantId),
      `SELECT v.nickname, p.external_id AS person FROM ${view} v
         JOIN ${view.replace('_mentioned', '_persons')} p ON p.id = v.person_id ORDER BY 1, 2`,
    )

  test.each(['letters first', 'persons first'])('is seen whichever side is loaded first: %s', async (order) => {
    const prefix = order.replace(' ', '_')
    const { letters, mentions, persons, nicknames } = connectors(prefix)
    const [apple = 0, pear = 0] = tenants
    const writeLetters = async (): Promise<void> => {
      await prepareEntities(db, [letters, mentions])
      const rows = ['Bob', 'Nobody'].map((nickname) => ({ letter_id: 'letter', nickname }))
      await load(apple, 1, [letters.upsert({ id: 'letter' }), mentions.replace('letter', rows)])
    }
    const meetPersons = async (): Promise<void> => {
      await prepareEntities(db, [persons, nicknames])
      const bob = [{ person_id: 'robert', nickname: 'Bob' }]
      await load(apple, 2, [persons.upsert({ id: 'robert' }), nicknames.replace('robert', bob)])
      // Of another tenant, whose people are nobody's business.
      await load(pear, 3, [
        persons.upsert({ id: 'other' }),
        nicknames.replace('other', [{ person_id: 'other', nickname: 'Bob' }]),
      ])
    }
    const steps: (() => Promise<void>)[] = [writeLetters, meetPersons]
    for (const step of order === 'letters first' ? steps : steps.reverse()) await step()

    const view = `${prefix}_mentioned`
    expect(await look(view, apple)).toEqual([{ nickname: 'Bob', person: 'robert' }])
    expect(await look(view, pear)).toEqual([])

    // Somebody who appears later, and a letter and a person that are gone.
    await load(apple, 2, [
      persons.upsert({ id: 'noone' }),
      nicknames.replace('noone', [{ person_id: 'noone', nickname: 'Nobody' }]),
    ])
    expect(await look(view, apple)).toHaveLength(2)
    await load(apple, 2, [persons.delete('robert')])
    expect(await look(view, apple)).toEqual([{ nickname: 'Nobody', person: 'noone' }])
    await load(apple, 1, [letters.delete('letter')])
    expect(await look(view, apple)).toEqual([])
  })

  test('is shown as nothing while there is nobody to name, and preparing again changes nothing', async () => {
    const { letters, mentions } = connectors('lonely')
    const all: readonly AnyEntity[] = [letters, mentions]
    await prepareEntities(db, all)
    await prepareEntities(db, all)
    const [apple = 0] = tenants
    expect(await db.query(tenant(apple), 'SELECT * FROM lonely_mentioned')).toEqual([])
  })
})
