import { AsyncLocalStorage } from 'node:async_hooks'
import { connect, createServer, type Socket } from 'node:net'
import type { Ledger, RowOutcome } from '@millrace/core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ENGINE } from '../database/access.ts'
import type { Database, Tx } from '../database/database.ts'
import { openDatabase } from '../database/open-database.ts'
import { migrate } from '../migrations/migrate.ts'
import { postgresLedger } from './postgres-ledger.ts'
import { ledgerTenants, temporaryDatabase } from './testing/ledger-fixture.ts'

const serverUrl = process.env.DATABASE_URL

const OUTCOMES: readonly RowOutcome[] = [
  { to: 'done' },
  { to: 'leased', cursor: 2 },
  { to: 'pending', cursor: 2, delayMs: 0, refund: true },
  { to: 'pending', delayMs: 0, refund: true },
  { to: 'dead', failure: { code: 'INVALID_BODY', message: 'Failed to read a body.', transient: false } },
]

const MOMENTS = ['before COMMIT reaches the server', 'after the server committed'] as const
type Moment = (typeof MOMENTS)[number]

describe.skipIf(!serverUrl)('a connection that breaks during a commit (DATABASE_URL)', () => {
  let drop: () => Promise<void>
  let wire: Wire
  let db: Database
  let ledger: Ledger
  /** Of a process whose connections are sound. */
  let others: Ledger
  let otherDb: Database
  /** Called before each statement. */
  let interfere: (sql: string) => Promise<void> | void = () => undefined
  /** Tells the commit under test from what the ledger does beside it, such as waking others up. */
  const ours = new AsyncLocalStorage<true>()
  const commit: Ledger['commit'] = (lease, what) => ours.run(true, () => ledger.commit(lease, what))

  beforeAll(async () => {
    const made = await temporaryDatabase(serverUrl ?? '')
    drop = made.drop
    wire = await openWire(new URL(made.url))
    db = await openDatabase({
      url: wire.url,
      onStatement: (sql) => interfere(sql),
    })
    await migrate(db)
    ledger = postgresLedger(db)
    otherDb = await openDatabase({ url: made.url })
    others = postgresLedger(otherDb)
  })
  afterAll(async () => {
    await db.close()
    await otherDb.close()
    await wire.close()
    await drop()
  })
  beforeEach(() => {
    interfere = () => undefined
  })

  for (const moment of MOMENTS) {
    for (const row of OUTCOMES) {
      test(`${moment}, a row that becomes ${describeOutcome(row)} is committed once`, async () => {
        const { lease, run } = await extractLease()
        let effects = 0
        const outcome = await commit(lease, {
          row,
          raw: page,
          births: [{ step: 'issues', jobType: 'embed', payload: {} }],
          effect: async (tx) => {
            effects += 1
            if (effects === 1) await breakAtCommit(tx as Tx, moment)
            return { births: [] }
          },
          totals: { apiCalls: 1 },
        })
        expect(outcome).toBe('committed')
        expect(effects).toBe(moment === 'after the server committed' ? 1 : 2)
        const counters = Object.fromEntries(
          ((await ledger.run(run.runId))?.counters ?? []).map(({ stage, planned, done, dead }) => [
            stage,
            [planned, done, dead],
          ]),
        )
        expect(counters).toEqual({
          plan: [1, 1, 0],
          extraction: [1, row.to === 'done' ? 1 : 0, row.to === 'dead' ? 1 : 0],
          transform: [1, 0, 0],
          embedding: [1, 0, 0],
        })
        expect((await ledger.run(run.runId))?.totals.apiCalls).toBe(1)
        const [stored] = await db.query(ENGINE, 'SELECT count(*) AS rows FROM etl_job_queue WHERE run_id = $1', [
          run.runId,
        ])
        expect(stored).toEqual({ rows: 4 })
      })
    }
  }

  test('a lease that was lost in the meantime is told as lost', async () => {
    const { lease } = await extractLease()
    let effects = 0
    const outcome = await commit(lease, {
      row: { to: 'done' },
      effect: async (tx) => {
        effects += 1
        await breakAtCommit(tx as Tx, 'before COMMIT reaches the server', async () => {
          // The server may still be rolling back what was lost; until then the row is passed by.
          while ((await others.sweep({ staleAfterMs: 0, ownerless: true })).released === 0);
          await others.claim({ workerId: 'next', jobTypes: ['extract'], limit: 1, leaseMs: 60_000 })
        })
        return { births: [] }
      },
    })
    expect([outcome, effects]).toEqual(['fenced', 1])
  })

  test('a server that stays away is an error, and the row is as it was', async () => {
    const { lease, run } = await extractLease()
    wire.refuse(true)
    await expect(ledger.commit(lease, { row: { to: 'done' } })).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
    wire.refuse(false)
    const extraction = (await others.run(run.runId))?.counters.find(({ stage }) => stage === 'extraction')
    expect(extraction).toMatchObject({ planned: 1, done: 0 })
    expect(await ledger.commit(lease, { row: { to: 'done' } })).toBe('committed')
  })

  /** Breaks the connection of this transaction when it is about to commit; `meanwhile` happens before the next try. */
  async function breakAtCommit(tx: Tx, moment: Moment, meanwhile?: () => Promise<void>): Promise<void> {
    const [connection] = await tx.query<{ port: number }>('SELECT inet_client_port() AS port')
    const port = connection?.port ?? 0
    interfere = async (sql) => {
      if (sql !== 'COMMIT' || !ours.getStore()) return
      interfere = () => undefined
      if (moment === 'after the server committed') wire.loseAnswer(port)
      else wire.cut(port)
      await meanwhile?.()
    }
  }

  const page = {
    sourceSeq: 1,
    bodies: [Buffer.from('{}')],
    connectorVersion: '1',
    transformVersion: 1,
    externalId: 'A',
    unit: {},
    fullSync: false,
  }

  async function extractLease() {
    const { job } = await ledgerTenants(db)
    const step = { name: 'issues', displayName: 'Issues', order: 1, after: [], spawns: [] }
    const run = await ledger.startRun({ ...job, graph: { steps: [step] }, mode: 'incremental', options: {} })
    const request = { workerId: 'worker', limit: 1, leaseMs: 60_000 }
    const [planning] = await ledger.claim({ ...request, jobTypes: ['plan'] })
    const births = [{ step: 'issues', jobType: 'extract', payload: {}, key: 'A' }] as const
    if (planning) await ledger.commit(planning, { row: { to: 'done' }, births })
    const [lease] = await ledger.claim({ ...request, jobTypes: ['extract'] })
    if (!lease) throw new Error('nothing to extract')
    return { lease, run }
  }
})

function describeOutcome(row: RowOutcome): string {
  return 'cursor' in row ? `${row.to} with a cursor` : row.to
}

/** The way to the server. Connections are known by their port as the server sees it. */
interface Wire {
  readonly url: string
  /** What is in flight is lost, in both directions. */
  cut(port: number): void
  /** The next statement still reaches the server; its answer is lost. */
  loseAnswer(port: number): void
  /** Cuts everything and accepts nothing, or accepts again. */
  refuse(refused: boolean): void
  close(): Promise<void>
}

async function openWire(target: URL): Promise<Wire> {
  const connections = new Map<number, Socket>()
  const losing = new Set<number>()
  let refused = false
  const cut = (port: number): void => {
    connections.get(port)?.destroy()
    connections.delete(port)
    losing.delete(port)
  }
  const server = createServer((client) => {
    client.on('error', () => undefined)
    if (refused) return void client.destroy()
    const upstream = connect(Number(target.port || 5432), target.hostname, () => {
      const port = upstream.localPort ?? 0
      connections.set(port, client)
      upstream.on('data', (data) => {
        if (losing.has(port)) cut(port)
        else client.write(data)
      })
      client.pipe(upstream)
    })
    upstream.on('error', () => undefined)
    upstream.on('close', () => client.destroy())
    client.on('close', () => upstream.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = new URL(target)
  url.hostname = '127.0.0.1'
  url.port = String(typeof address === 'object' && address ? address.port : '')
  const cutAll = (): void => {
    for (const port of connections.keys()) cut(port)
  }
  return {
    url: url.href,
    cut,
    loseAnswer: (port) => losing.add(port),
    refuse: (value) => {
      refused = value
      if (value) cutAll()
    },
    close: async () => {
      cutAll()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
