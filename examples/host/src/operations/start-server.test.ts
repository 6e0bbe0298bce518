import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { startServer } from './start-server.ts'

/** As whose the server takes a request that came through proxies. */
async function addressSeen(trustedProxies: readonly string[]): Promise<string> {
  const operations = { version: '0', roles: [], checks: {}, renderMetrics: async () => '' }
  const listen = { host: '127.0.0.1', port: 0, trustedProxies }
  const server = await startServer(listen, operations, async (extended) => {
    extended.get('/seen', async (request) => request.ip)
  })
  const { port } = server.server.address() as AddressInfo
  const headers = { 'x-forwarded-for': '203.0.113.9, 198.51.100.7' }
  const response = await fetch(`http://127.0.0.1:${port}/seen`, { headers })
  const seen = await response.text()
  await server.close()
  return seen
}

test('what a proxy says of a client is believed of those that are trusted, and of nobody else', async () => {
  expect(await addressSeen([])).toBe('127.0.0.1')
  expect(await addressSeen(['10.0.0.0/8'])).toBe('127.0.0.1')
  expect(await addressSeen(['127.0.0.1'])).toBe('198.51.100.7')
  expect(await addressSeen(['127.0.0.0/8', '198.51.100.0/24'])).toBe('203.0.113.9')
})
