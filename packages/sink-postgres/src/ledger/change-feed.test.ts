import type { LedgerChange } from '@millrace/core'
import { firstValueFrom } from 'rxjs'
import { describe, expect, test } from 'vitest'
import type { Database } from '../database/database.ts'
import { migrate } from '../migrations/migrate.ts'
import { scratchServer } from '../testing/scratch-database.ts'
import { changeFeed } from './change-feed.ts'

const serverUrl = process.env.DATABASE_URL

describe.skipIf(!serverUrl)('changes on a server (DATABASE_URL)', () => {
  test('reach the other programs', async () => {
    const db = await scratchServer(serverUrl ?? '').open()
    await migrate(db)
    const heard = firstValueFrom(changeFeed(await db.again()).changes)
    const { announce } = changeFeed(db)
    let arrived: LedgerChange | undefined
    heard.then((change) => {
      arrived = change
    })
    // Nobody tells when the other program has begun to listen, and hints may be lost: they are repeated until one arrives.
    while (!arrived) {
      announce({ kind: 'status', runId: 7 })
      await db.query({ as: 'engine' }, 'SELECT 1')
    }
    expect(arrived).toEqual({ kind: 'status', runId: 7 })
    await db.close()
  })
})

test('hints that come while one is on its way travel together, each once', async () => {
  const sent: unknown[] = []
  const first = Promise.withResolvers<never[]>()
  const db: Pick<Database, 'embedded' | 'query' | 'listen'> = {
    embedded: false,
    query: async (_access, _text, values) => {
      sent.push(values?.[0])
      return sent.length === 1 ? first.promise : []
    },
    listen: async () => async () => undefined,
  }
  const { announce } = changeFeed(db as Database)
  announce({ kind: 'work' })
  for (let times = 0; times < 5; times++) announce({ kind: 'work' })
  announce({ kind: 'status', runId: 1 })
  first.resolve([])
  await new Promise((resolve) => setImmediate(resolve))
  const hints = sent.map((payloads) => (payloads as string[]).map((payload) => payload.split(' ')[0]))
  expect(hints).toEqual([['work'], ['work', 'status:1']])
})

test('a program hears what it announces once, and what others announce, of whatever version', async () => {
  let notify = (_payload: string): void => undefined
  const db: Pick<Database, 'embedded' | 'query' | 'listen'> = {
    embedded: false,
    query: async (_access, _text, values) => {
      for (const payload of (values?.[0] ?? []) as string[]) notify(payload)
      return []
    },
    listen: async (_channel, onPayload) => {
      notify = onPayload
      return async () => undefined
    },
  }
  const { announce, changes } = changeFeed(db as Database)
  const heard: LedgerChange[] = []
  changes.subscribe((change) => heard.push(change))
  announce({ kind: 'work' })
  announce({ kind: 'status', runId: 12 })
  await new Promise((resolve) => setImmediate(resolve))
  expect(heard).toEqual([{ kind: 'work' }, { kind: 'status', runId: 12 }])
  for (const payload of ['work', 'status:7', 'status:8 of-another', '']) notify(payload)
  expect(heard.slice(2)).toEqual([
    { kind: 'work' },
    { kind: 'status', runId: 7 },
    { kind: 'status', runId: 8 },
    { kind: 'work' },
  ])
})
