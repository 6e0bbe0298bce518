import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { silentLogger } from '@millrace/core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import WebSocket, { WebSocketServer } from 'ws'
import { CLOSE_CODES } from '../contract/live.ts'
import { HEARTBEAT_MS, MOST_UNREAD_BYTES, MUCH_UNREAD_BYTES, type WatchedClient, watchClient } from './watch-client.ts'

let server: WebSocketServer
beforeEach(async () => {
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
})
afterEach(() => {
  vi.useRealTimers()
  for (const socket of server.clients) socket.terminate()
  server.close()
})

/** Both ends of a connection, over a real socket. */
async function connect(options: WebSocket.ClientOptions = {}) {
  const connected = once(server, 'connection') as Promise<[WebSocket]>
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, options)
  const [served] = await connected
  await once(client, 'open')
  const heard: string[] = []
  client.on('message', (data) => void heard.push(String(data)))
  const closed = once(client, 'close').then(([code]) => code as number)
  const left = vi.fn()
  const watched = watchClient(served, silentLogger)
  watched.whenGone(left)
  return { client, served, watched, heard, closed, left }
}

const MESSAGE = Buffer.alloc(64 * 1_024, 'x')

/** Sends what a client does not read: until the buffers of the operating system are full, nothing tells. */
async function sendUntil(watched: WatchedClient, kind: 'change' | 'progress', isEnough: () => boolean): Promise<void> {
  for (let sent = 0; !isEnough(); sent += 1) {
    if (sent > 10_000) throw new Error('The buffers of the operating system have no end.')
    watched.send(MESSAGE, kind)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('a client that does not answer to the heartbeat is cut off, and one that does stays', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const silent = await connect({ autoPong: false })
  const alive = await connect()
  const beat = async (): Promise<void> => {
    const answered = once(alive.served, 'pong')
    vi.advanceTimersByTime(HEARTBEAT_MS)
    await answered
  }
  await beat()
  expect(silent.left).not.toHaveBeenCalled()
  await beat()
  expect(await silent.closed).toBe(1006)
  await vi.waitFor(() => expect(silent.left).toHaveBeenCalledOnce(), 10_000)
  await beat()
  expect(alive.client.readyState).toBe(WebSocket.OPEN)
  expect(alive.left).not.toHaveBeenCalled()
})

describe('a client that does not read', () => {
  test('is left with a bounded buffer, and told why when it reads again', async () => {
    const { client, served, watched, heard, closed, left } = await connect()
    client.pause()
    await sendUntil(watched, 'change', () => left.mock.calls.length > 0)
    const most = served.bufferedAmount
    expect(most).toBeGreaterThan(MOST_UNREAD_BYTES)
    expect(most).toBeLessThan(MOST_UNREAD_BYTES + 2 * MESSAGE.byteLength)
    watched.send(MESSAGE, 'change')
    watched.send(MESSAGE, 'first')
    expect(served.bufferedAmount).toBeLessThanOrEqual(most)
    client.resume()
    expect(await closed).toBe(CLOSE_CODES.tooSlow)
    expect(heard.every((text) => text.length === MESSAGE.byteLength)).toBe(true)
    expect(left).toHaveBeenCalledOnce()
  })

  test('has no progress kept for it, and stays', async () => {
    const { client, served, watched, left } = await connect()
    client.pause()
    await sendUntil(watched, 'progress', () => served.bufferedAmount > MUCH_UNREAD_BYTES)
    const most = served.bufferedAmount
    watched.send(MESSAGE, 'progress')
    expect(served.bufferedAmount).toBeLessThanOrEqual(most)
    expect(left).not.toHaveBeenCalled()
  })
})

test('first documents arrive however many they are, and changes after them', async () => {
  const { watched, heard, left } = await connect()
  const many = Math.ceil((4 * MOST_UNREAD_BYTES) / MESSAGE.byteLength)
  for (let sent = 0; sent < many; sent += 1) watched.send(MESSAGE, 'first')
  watched.send(Buffer.from('changed'), 'change')
  await vi.waitFor(() => expect(heard.at(-1)).toBe('changed'), 10_000)
  expect(heard).toHaveLength(many + 1)
  expect(left).not.toHaveBeenCalled()
})

test('whoever asks after the client has gone is told at once', async () => {
  const { client, watched, left } = await connect()
  client.close()
  await vi.waitFor(() => expect(left).toHaveBeenCalledOnce(), 10_000)
  const late = vi.fn()
  watched.whenGone(late)
  expect(late).toHaveBeenCalledOnce()
})
