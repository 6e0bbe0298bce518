import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { migrate } from '../migrations/migrate.ts'
import { type ScratchDatabase, scratchKinds, scratchServer } from '../testing/scratch-database.ts'
import { ENGINE, OWNER, tenant } from './access.ts'
import { openDatabase } from './open-database.ts'

const serverUrl = process.env.DATABASE_URL

describe.each(scratchKinds(serverUrl))('a database on $name', (kind) => {
  const log: string[] = []
  let db: ScratchDatabase
  beforeAll(async () => {
    db = await kind.open({ onStatement: (sql) => void log.push(sql), now: () => new Date('2024-05-01T00:00:00Z') })
    await migrate(db)
    await db.query(OWNER, 'CREATE TABLE notes (id integer PRIMARY KEY, note text)')
  })
  afterAll(() => db.close())

  test('opens a transaction, takes the role and names the tenant in one round trip', async () => {
    log.length = 0
    const who = `SELECT current_user AS role, current_setting('millrace.tenant', true) AS tenant, millrace_now() AS now`
    const now = new Date('2024-05-01T00:00:00Z')
    expect(await db.query(tenant(7), who)).toEqual([{ role: 'millrace_app', tenant: '7', now }])
    expect(log).toEqual([
      expect.stringMatching(/^BEGIN; .*SET LOCAL ROLE millrace_app; SET LOCAL millrace.tenant = '7'/),
      who,
      'COMMIT',
    ])
    expect(await db.query(ENGINE, who)).toMatchObject([{ role: 'millrace_engine' }])
    const [owner] = await db.query<{ role: string; tenant: string | null }>(OWNER, who)
    expect([owner?.role.startsWith('millrace_'), owner?.tenant || null]).toEqual([false, null])
  })

  test('gives int8 as a number, timestamptz as a Date, numeric as text and json as parsed', async () => {
    const sql = `SELECT 5000000000::int8 AS big, '2024-01-01T00:00:00Z'::timestamptz AS at, 1.10::numeric AS exact, '{"a": [1]}'::jsonb AS json`
    const typed = { big: 5_000_000_000, at: new Date('2024-01-01T00:00:00Z'), exact: '1.10', json: { a: [1] } }
    expect(await db.query(OWNER, sql)).toEqual([typed])
    expect(await db.query(OWNER, sql, [])).toEqual([typed])
  })

  test('rolls back when the work rejects, and stays usable', async () => {
    const work = db.transaction(OWNER, async (tx) => {
      await tx.execute(`INSERT INTO notes VALUES (1, 'lost')`)
      throw new RangeError('changed my mind')
    })
    await expect(work).rejects.toThrow('changed my mind')
    await expect(db.query(OWNER, 'SELECT nonsense')).rejects.toMatchObject({ code: '42703' })
    expect(await db.query(OWNER, 'SELECT * FROM notes')).toEqual([])
  })

  test('refuses a transaction inside of another, which would wait for itself', async () => {
    const nested = db.transaction(OWNER, () => db.query(OWNER, 'SELECT 1'))
    await expect(nested).rejects.toThrow('Failed to use a transaction: another one is open here')
    const [first, second] = await Promise.all([1, 2].map((each) => db.query(OWNER, `SELECT ${each} AS it`)))
    expect([first, second]).toEqual([[{ it: 1 }], [{ it: 2 }]])
  })

  test('refuses statements of a transaction that has ended', async () => {
    const leaked = await db.transaction(OWNER, async (tx) => tx)
    await expect(leaked.query('SELECT 1')).rejects.toThrow('the transaction has ended')
  })

  test('runs the work again after a deadlock or a serialization failure', async () => {
    let tries = 0
    const work = () =>
      db.transaction(OWNER, async (tx) => {
        tries += 1
        await tx.execute(`INSERT INTO notes VALUES ($1, 'try')`, [tries])
        const code = tries === 1 ? '40001' : '40P01'
        if (tries < 3) await tx.query(`DO $$ BEGIN RAISE 'busy' USING ERRCODE = '${code}'; END $$`)
      })
    await work()
    expect(await db.query(OWNER, 'SELECT id FROM notes')).toEqual([{ id: 3 }])
  })

  test('names a conflict that outlives six tries', async () => {
    let tries = 0
    const work = db.transaction(OWNER, async (tx) => {
      tries += 1
      await tx.query(`DO $$ BEGIN RAISE 'busy' USING ERRCODE = '40P01'; END $$`)
    })
    const context = { outcome: 'rolled back', sqlState: '40P01' }
    await expect(work).rejects.toMatchObject({ code: 'DATABASE_CONFLICT', retryable: true, context })
    expect(tries).toBe(6)
  })

  test('hears notifications of committed transactions only, until it stops listening', async () => {
    const heard: string[] = []
    const listening = Promise.withResolvers<void>()
    const stop = await db.listen('work_due', (payload) => {
      heard.push(payload)
      if (payload === 'last') listening.resolve()
    })
    const notify = `SELECT pg_notify('work_due', $1)`
    const lost = db.transaction(OWNER, async (tx) => {
      await tx.query(notify, ['never'])
      throw new Error('rolled back')
    })
    await expect(lost).rejects.toThrow()
    await db.query(OWNER, notify, ['first'])
    await db.query(OWNER, notify, ['last'])
    await listening.promise
    await stop()
    await db.query(OWNER, notify, ['too late'])
    expect(heard).toEqual(['first', 'last'])
  })
})

test('a server that is not there is unavailable, and its password stays secret', async () => {
  const attempt = openDatabase({ url: 'postgres://user:open-sesame@127.0.0.1:1/database' })
  await expect(attempt).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', retryable: true })
  const error: Error = await attempt.catch((reason) => reason)
  expect(error.message).toMatch(/^Failed to reach the database: .*ECONNREFUSED/)
  expect(JSON.stringify([error.message, error.stack, error])).not.toContain('open-sesame')
})

describe.each(scratchKinds(serverUrl))('statements that are asked for at once on $name', (kind) => {
  let db: ScratchDatabase
  beforeAll(async () => {
    db = await kind.open()
    await migrate(db)
    await db.query(OWNER, 'CREATE TABLE notes (id integer PRIMARY KEY)')
    await db.query(OWNER, 'GRANT ALL ON notes TO millrace_app')
  })
  afterAll(() => db.close())

  test('run in order, and each sees what the one before it did', async () => {
    const add =
      'WITH added AS (INSERT INTO notes VALUES ($1) RETURNING id) SELECT id, (SELECT count(*) FROM notes) AS before FROM added'
    const added = await db.transaction(tenant(7), (tx) => Promise.all([1, 2, 3].map((id) => tx.query(add, [id]))))
    expect(added.flat()).toEqual([1, 2, 3].map((id) => ({ id, before: id - 1 })))
  })

  test('fail for the reason of the first that fails, and what follows from another stays inside of the transaction', async () => {
    const late = Promise.withResolvers<unknown>()
    const failed = db.transaction(tenant(7), (tx) =>
      Promise.all([
        tx.query('SELECT 1 / $1::integer', [0]),
        tx.query('SELECT 1').catch(() => {
          for (let id = 10; id < 15; id++) tx.execute('INSERT INTO notes VALUES ($1)', [id]).catch(late.resolve)
        }),
      ]),
    )
    await expect(failed).rejects.toMatchObject({ code: '22012' })
    await late.promise
    expect(await db.query(tenant(7), 'SELECT id FROM notes WHERE id >= 10')).toEqual([])
  })
})

describe.skipIf(!serverUrl)('a connection to a server', () => {
  const kind = scratchServer(serverUrl ?? '')
  let db: ScratchDatabase
  beforeAll(async () => {
    db = await kind.open()
  })
  afterAll(() => db.close())

  const sever = async (application: string): Promise<void> => {
    const kill = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = $1 AND pid <> pg_backend_pid()`
    await db.query(OWNER, kill, [application])
  }

  test('that is lost inside of a transaction is DATABASE_UNAVAILABLE, rolled back, and replaced', async () => {
    const other = await db.again()
    const lost = other.transaction(OWNER, async (tx) => {
      await tx.query('SELECT 1')
      await sever('millrace')
      await tx.query('SELECT 2')
    })
    await expect(lost).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', context: { outcome: 'rolled back' } })
    expect(await other.query(OWNER, 'SELECT 3 AS three')).toEqual([{ three: 3 }])
  })

  test('that leaves a transaction alone loses it, and others get what it had locked', async () => {
    await db.query(OWNER, 'CREATE TABLE held (id integer)')
    await db.query(OWNER, 'INSERT INTO held VALUES (1)')
    const frozen = await db.again({ idleLimitMs: 200 })
    const [locked, awake] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const left = frozen.transaction(OWNER, async (tx) => {
      await tx.query('SELECT FROM held FOR UPDATE')
      locked.resolve()
      await awake.promise
      await tx.query('SELECT 1')
    })
    await locked.promise
    expect(await db.query(OWNER, 'UPDATE held SET id = 2 RETURNING id')).toEqual([{ id: 2 }])
    awake.resolve()
    await expect(left).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', context: { outcome: 'rolled back' } })
    expect(await frozen.query(OWNER, 'SELECT id FROM held')).toEqual([{ id: 2 }])
  })

  test('whose prepared statements no longer fit a table prepares them anew', async () => {
    await db.query(OWNER, 'CREATE TABLE counts (count integer)')
    const read = () => db.query(OWNER, 'SELECT count FROM counts WHERE count > $1', [0])
    expect(await read()).toEqual([])
    await db.query(OWNER, 'INSERT INTO counts VALUES (5000)')
    await db.query(OWNER, 'ALTER TABLE counts ALTER count TYPE bigint')
    expect(await read()).toEqual([{ count: 5000 }])
  })

  test('is sent what is asked for at once before it answered, also when statements are held back', async () => {
    const sent: string[] = []
    const other = await db.again({ onStatement: (sql) => void sent.push(sql) })
    const lock = 'SELECT pg_advisory_xact_lock(7)'
    const waiting = await db.transaction(OWNER, async (tx) => {
      await tx.query(lock)
      const both = other.transaction(OWNER, (theirs) =>
        Promise.all([theirs.query(lock), theirs.query('SELECT 2 AS two')]),
      )
      await vi.waitFor(() => expect(sent).toContain('SELECT 2 AS two'), 20_000)
      return { both }
    })
    expect((await waiting.both)[1]).toEqual([{ two: 2 }])
  })

  test('that is lost during COMMIT leaves the outcome unknown', async () => {
    const other = await db.again({ onStatement: (sql) => (sql === 'COMMIT' ? sever('millrace') : undefined) })
    const lost = other.transaction(OWNER, (tx) => tx.query('SELECT 1'))
    await expect(lost).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', context: { outcome: 'unknown' } })
  })

  test('that listens is made again when it is lost, and says that something may have been missed', async () => {
    const reconnected = Promise.withResolvers<string>()
    const stop = await db.listen('work', reconnected.resolve)
    await sever('millrace listener')
    expect(await reconnected.promise).toBe('')
    const heard = Promise.withResolvers<string>()
    const stopOther = await db.listen('other', heard.resolve)
    await db.query(OWNER, `SELECT pg_notify('other', 'again')`)
    expect(await heard.promise).toBe('again')
    await stop()
    await stopOther()
  })
})
