import { type Change, defineEntity, type LoadScope, prepareLoad } from '@millrace/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { OWNER, tenant } from '../database/access.ts'
import type { Database } from '../database/database.ts'
import { seedTenant } from '../jobs/seed-tenant.ts'
import { migrate } from '../migrations/migrate.ts'
import { type ScratchDatabase, scratchServer } from '../testing/scratch-database.ts'
import { postgresLoader } from './postgres-loader.ts'

const serverUrl = process.env.DATABASE_URL

const ISSUES = defineEntity({ name: 'issues', key: 'id', columns: z.object({ id: z.string(), title: z.string() }) })
const NOTES = defineEntity({
  name: 'notes',
  key: ['issue', 'text'],
  parent: 'issue',
  references: { issue: ISSUES },
  columns: z.object({ issue: z.string(), text: z.string() }),
})

const issue = (title: string): Change => ISSUES.upsert({ id: 'A', title })
const notes = (...texts: readonly string[]): Change =>
  NOTES.replace(
    'A',
    texts.map((text) => ({ issue: 'A', text })),
  )
const OTHER = ISSUES.upsert({ id: 'B', title: 'B' })
const LATE = [issue('late'), notes('late')]

/** What is stored at 1, and what races at 3 and at 2; whichever comes first, it ends as if 1, 2, 3 had come in order. */
const RACES: readonly {
  readonly name: string
  readonly before: readonly Change[]
  readonly newer: readonly Change[]
  readonly older: readonly Change[]
  readonly ends: readonly string[]
}[] = [
  {
    name: 'a confirmation and an older update',
    before: [issue('A')],
    newer: [issue('A')],
    older: [issue('late')],
    ends: ['A'],
  },
  { name: 'two updates', before: [issue('A')], newer: [issue('B')], older: [issue('late')], ends: ['B'] },
  { name: 'two inserts', before: [], newer: [issue('A')], older: [issue('late')], ends: ['A'] },
  {
    name: 'two inserts beside a confirmation',
    before: [OTHER],
    newer: [issue('A'), OTHER],
    older: [issue('late'), OTHER],
    ends: ['A', 'B'],
  },
  {
    name: 'two updates beside a confirmation',
    before: [issue('A'), OTHER],
    newer: [issue('B'), OTHER],
    older: [issue('late'), OTHER],
    ends: ['B', 'B'],
  },
  {
    name: 'an insert, and a deletion that is older',
    before: [],
    newer: [issue('A')],
    older: [ISSUES.delete('A')],
    ends: ['A'],
  },
  {
    name: 'an older insert, and a deletion',
    before: [],
    newer: [ISSUES.delete('A')],
    older: [issue('late')],
    ends: [],
  },
  {
    name: 'an older update, and a deletion that repeats one',
    before: [ISSUES.delete('A')],
    newer: [ISSUES.delete('A')],
    older: [issue('late')],
    ends: [],
  },
  {
    name: 'an older insert with children, and a deletion',
    before: [],
    newer: [ISSUES.delete('A')],
    older: LATE,
    ends: [],
  },
  {
    name: 'older children, and a deletion of their parent',
    before: [issue('A'), notes('1')],
    newer: [ISSUES.delete('A')],
    older: [notes('1', 'late')],
    ends: [],
  },
  {
    name: 'older children, and a deletion of a parent that was never seen',
    before: [],
    newer: [ISSUES.delete('A')],
    older: [notes('late')],
    ends: [],
  },
  {
    name: 'replaces that come with their parent',
    before: [issue('A'), notes('1', '2')],
    newer: [issue('A'), notes('2', '3')],
    older: LATE,
    ends: ['2', '3', 'A'],
  },
  {
    name: 'replaces of a parent that is not there',
    before: [],
    newer: [notes('1')],
    older: [notes('late', '2')],
    ends: ['1'],
  },
  {
    name: 'replaces without their parent, one of them empty',
    before: [issue('A'), notes('1')],
    newer: [notes()],
    older: [notes('1', 'late')],
    ends: ['A'],
  },
]

/** More than any of these loads needs, so that a pause behind the last statement is tried as well. */
const STATEMENTS = 13

/** BEGIN, read, lock, confirmations looked for, confirmation recorded, COMMIT. */
const LAST_OF_SHARED = 6

describe.skipIf(!serverUrl)('two loads at once', () => {
  let db: ScratchDatabase
  let left: Gated
  let right: Database
  let tests = 0
  beforeAll(async () => {
    db = await scratchServer(serverUrl ?? '').open()
    await migrate(db)
    await postgresLoader(db).prepare([ISSUES, NOTES])
    left = await gated(db)
    right = await db.again()
  })
  afterAll(() => db.close())

  test('that name a row which both find unchanged do not wait for each other', async () => {
    const tenantId = await seedTenant(db, { name: 'shared' })
    const scope = { tenantId, integrationId: 1, runId: 1 }
    await load(db, scope, 1, [issue('A')])
    const paused = left.holdAt(LAST_OF_SHARED)
    const one = load(left.db, scope, 2, [issue('A')])
    await paused
    await load(right, scope, 3, [issue('A'), OTHER])
    left.release()
    await one
    expect(await contentOf(db, scope)).toEqual(['A', 'B'])
  })

  describe.each(RACES)('$name', ({ before, newer, older, ends }) => {
    test.each(['newer', 'older'])('end as if they had come in order, wherever the %s one is held up', async (held) => {
      for (let pause = 1; pause <= STATEMENTS; pause++) {
        const tenantId = await seedTenant(db, { name: `race ${tests++}` })
        const scope = { tenantId, integrationId: 1, runId: 1 }
        const [first, second] = held === 'newer' ? [3, 2] : [2, 3]
        await load(db, scope, 1, before)
        const paused = left.holdAt(pause)
        const one = load(left.db, scope, first, first === 3 ? newer : older)
        await Promise.race([paused, one])
        const other = load(right, scope, second, second === 3 ? newer : older)
        await Promise.race([other, blocked(db)])
        left.release()
        await Promise.all([one, other])
        expect(await contentOf(db, scope), `held at statement ${pause}`).toEqual(ends)
      }
    })
  })
})

interface Gated {
  readonly db: Database
  /** Holds the next load before its nth statement. Resolves when it got there. */
  holdAt(statement: number): Promise<void>
  release(): void
}

async function gated(scratch: ScratchDatabase): Promise<Gated> {
  let remaining = Number.POSITIVE_INFINITY
  let reached = Promise.withResolvers<void>()
  let open = Promise.withResolvers<void>()
  const db = await scratch.again({
    onStatement: async () => {
      remaining -= 1
      if (remaining !== 0) return
      reached.resolve()
      await open.promise
    },
  })
  return {
    db,
    holdAt(statement) {
      remaining = statement
      reached = Promise.withResolvers()
      open = Promise.withResolvers()
      return reached.promise
    },
    release: () => open.resolve(),
  }
}

/** Resolves when a connection waits for a lock. */
async function blocked(db: Database): Promise<void> {
  for (;;) {
    const waiting = await db.query(
      OWNER,
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    )
    if (waiting.length > 0) return
  }
}

async function load(db: Database, scope: LoadScope, seq: number, changes: readonly Change[]): Promise<void> {
  const options = { scope, sourceSeq: seq, fullSync: false, entities: [ISSUES, NOTES] }
  await postgresLoader(db).load(prepareLoad(changes, options), undefined)
}

async function contentOf(db: Database, scope: LoadScope): Promise<readonly string[]> {
  const rows = await db.query<{ content: string }>(
    tenant(scope.tenantId),
    'SELECT title AS content FROM issues WHERE active UNION ALL SELECT text FROM notes WHERE active',
  )
  return rows.map(({ content }) => content).sort()
}
