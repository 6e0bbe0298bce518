import pg from 'pg'
import type { Database } from './database.ts'
import { databaseError } from './database-error.ts'

const FIRST_DELAY_MS = 500
const LONGEST_DELAY_MS = 30_000
/** A server that does not answer at all must not end the attempts. */
const CONNECT_TIMEOUT_MS = 10_000

/**
 * Listens on a connection of its own, because a pooled one would forget its channels. The connection is made with the
 * first channel and made again, with jitter, when it is lost.
 */
export function serverListener(config: pg.ClientConfig): { listen: Database['listen']; close(): Promise<void> } {
  const channels = new Map<string, Set<(payload: string) => void>>()
  let client: pg.Client | undefined
  let connecting: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let failures = 0
  let closed = false

  async function connect(): Promise<void> {
    const fresh = new pg.Client({
      ...config,
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      application_name: 'millrace listener',
    })
    fresh.on('notification', ({ channel, payload }) => {
      for (const onNotify of channels.get(channel) ?? []) onNotify(payload ?? '')
    })
    fresh.on('error', () => lose(fresh))
    fresh.on('end', () => lose(fresh))
    await fresh.connect()
    client = fresh
    for (const channel of channels.keys()) await fresh.query(`LISTEN ${pg.escapeIdentifier(channel)}`)
    failures = 0
  }

  function lose(lost: pg.Client): void {
    if (client !== lost || closed) return
    client = undefined
    retryLater()
  }

  function retryLater(): void {
    const delayMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures) * (0.5 + Math.random() / 2)
    failures += 1
    // A connection that breaks while it is being made reports it twice.
    clearTimeout(timer)
    timer = setTimeout(() => {
      connect().then(wakeAll, retryLater)
    }, delayMs)
    timer.unref()
  }

  function wakeAll(): void {
    for (const listeners of channels.values()) for (const onNotify of listeners) onNotify('')
  }

  return {
    async listen(channel, onNotify) {
      const listeners = channels.get(channel) ?? new Set()
      listeners.add(onNotify)
      channels.set(channel, listeners)
      try {
        connecting ??= connect()
        await connecting
        await client?.query(`LISTEN ${pg.escapeIdentifier(channel)}`)
      } catch (error) {
        connecting = undefined
        listeners.delete(onNotify)
        throw databaseError(error, 'rolled back')
      }
      return async () => {
        listeners.delete(onNotify)
        if (listeners.size > 0) return
        channels.delete(channel)
        await client?.query(`UNLISTEN ${pg.escapeIdentifier(channel)}`).catch(() => undefined)
      }
    },
    async close() {
      closed = true
      clearTimeout(timer)
      await client?.end()
    },
  }
}
