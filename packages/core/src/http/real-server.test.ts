import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import type { Clock } from '../ports/clock.ts'
import { systemClock } from '../system/system-clock.ts'
import { createFetch } from './create-fetch.ts'
import { bytesOf } from './received-response.ts'

/** The machine's clock with waits that end at once, except those that are long enough to be timeouts. */
const hasty: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms < 60_000 ? 0 : ms, signal) }

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('compressed answers are received decoded', async () => {
  const url = await serve((_request, response) => {
    const body = gzipSync('{"items":[]}')
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': body.length }).end(body)
  })
  const response = await createFetch()(url)
  expect(Buffer.from(bytesOf(response)).toString()).toBe('{"items":[]}')
  expect(response.headers.has('content-encoding')).toBe(false)
  expect(await response.json()).toEqual({ items: [] })
})

test.each([
  ['with an announced length', { 'content-length': 100 }, Buffer.from('{"items":')],
  ['in chunks', {}, Buffer.from('{"items":')],
  ['compressed', { 'content-encoding': 'gzip' }, gzipSync('{"items":[1,2,3]}').subarray(0, 20)],
])('a body cut in the middle, sent %s, is received whole at the next try', async (_name, headers, part) => {
  let requests = 0
  const url = await serve((_request, response) => {
    if (++requests > 1) return response.end('{"items":[]}')
    response.writeHead(200, headers).write(part, () => response.destroy())
    return
  })
  expect(await (await createFetch({ clock: hasty })(url)).json()).toEqual({ items: [] })
  expect(requests).toBe(2)
})

test('a server that is not there is unavailable', async () => {
  const url = await serve((_request, response) => response.destroy())
  const error = await createFetch({ clock: hasty, retries: 1 })(url).catch((thrown: Error) => thrown)
  expect(error).toMatchObject({ code: 'HTTP_UNAVAILABLE', context: { attempt: 2 } })
  await expect(createFetch({ clock: hasty, retries: 0 })('http://127.0.0.1:1/')).rejects.toMatchObject({
    code: 'HTTP_UNAVAILABLE',
  })
})

test('an abort closes the connection', async () => {
  const controller = new AbortController()
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  const url = await serve((request) => {
    request.on('close', resolve)
    controller.abort(new Error('cancelled'))
  })
  await expect(createFetch()(url, { signal: controller.signal })).rejects.toThrow('cancelled')
  await closed
})
