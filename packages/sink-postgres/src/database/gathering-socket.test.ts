import { once } from 'node:events'
import { type AddressInfo, createServer, Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test, vi } from 'vitest'
import { GatheringSocket } from './gathering-socket.ts'

test('statements of one turn of the event loop are sent at once, in order', async () => {
  const received = Promise.withResolvers<string>()
  const server = createServer((peer) => received.resolve(text(peer))).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const sent = vi.spyOn(Socket.prototype as unknown as { _writev: (chunks: unknown[]) => void }, '_writev')
  const socket = new GatheringSocket()
  socket.connect((server.address() as AddressInfo).port, '127.0.0.1')
  await once(socket, 'connect')

  const statement = (text: string): void => {
    socket.cork()
    for (const part of text.split(' ')) socket.write(part)
    socket.uncork()
  }
  statement('parse bind execute;')
  await Promise.resolve()
  statement('bind execute;')
  await new Promise((resolve) => setImmediate(resolve))
  expect(sent.mock.calls.map(([chunks]) => chunks.length)).toEqual([5])

  statement('bind commit;')
  socket.end()
  expect(await received.promise).toBe('parsebindexecute;bindexecute;bindcommit;')
  sent.mockRestore()
  server.close()
})
