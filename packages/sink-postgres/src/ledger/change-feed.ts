import { randomUUID } from 'node:crypto'
import type { LedgerChange } from '@millrace/core'
import { merge, Observable, retry, Subject, share } from 'rxjs'
import { ENGINE } from '../database/access.ts'
import type { Database } from '../database/database.ts'

const CHANNEL = 'millrace'
const LISTEN_AGAIN_MS = 5_000

/** Tells this process and, on a server, the others. */
export interface ChangeFeed {
  readonly changes: Observable<LedgerChange>
  announce(change: LedgerChange): void
}

/** $1 payloads */
const NOTIFY = `SELECT pg_notify('${CHANNEL}', payload) FROM unnest($1::text[]) AS payload`

/**
 * Hints travel by NOTIFY, in transactions of their own: inside of a commit it would make all commits of the cluster wait
 * for each other. While one is on its way, further ones are collected; a lost one is made up for by polling.
 */
export function changeFeed(db: Database): ChangeFeed {
  const feed = feeds.get(db) ?? openFeed(db)
  feeds.set(db, feed)
  return feed
}

/** One for each database, so that whoever changes something without a ledger is heard by the ledgers of this process. */
const feeds = new WeakMap<Database, ChangeFeed>()

function openFeed(db: Database): ChangeFeed {
  const local = new Subject<LedgerChange>()
  if (db.embedded) return { changes: local.asObservable(), announce: (change) => local.next(change) }

  /** What this process announces it has heard already when NOTIFY brings it back. */
  const own = randomUUID()
  const collected = new Set<string>()
  let sending = false
  const send = async (): Promise<void> => {
    if (sending) return
    sending = true
    while (collected.size > 0) {
      const payloads = [...collected]
      collected.clear()
      await db.query(ENGINE, NOTIFY, [payloads]).catch(() => undefined)
    }
    sending = false
  }

  const remote = new Observable<LedgerChange>((subscriber) => {
    const listening = db.listen(CHANNEL, (payload) => {
      if (!payload.endsWith(own)) subscriber.next(parse(payload))
    })
    listening.catch((error: unknown) => subscriber.error(error))
    return () => {
      listening.then((stop) => stop()).catch(() => undefined)
    }
  }).pipe(retry({ delay: LISTEN_AGAIN_MS }), share())

  return {
    changes: merge(local, remote),
    announce(change) {
      local.next(change)
      collected.add(`${change.kind === 'work' ? 'work' : `status:${change.runId}`} ${own}`)
      void send()
    },
  }
}

/** Wakes workers up, for those who have no ledger at hand. On an embedded database, polling does. */
export async function announceWork(db: Database): Promise<void> {
  if (!db.embedded) await db.query(ENGINE, NOTIFY, [['work']])
}

/** An empty payload says that something may have been missed. */
function parse(payload: string): LedgerChange {
  const runId = Number(payload.match(/^status:(\d+)\b/)?.[1])
  return Number.isNaN(runId) ? { kind: 'work' } : { kind: 'status', runId }
}
