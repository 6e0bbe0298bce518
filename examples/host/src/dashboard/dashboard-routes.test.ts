import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readDashboardFiles } from './dashboard-files.ts'
import { DASHBOARD_PAGES, dashboardRoutes } from './dashboard-routes.ts'

describe('the dashboard’s files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-dashboard-'))
  let server: FastifyInstance

  beforeAll(async () => {
    mkdirSync(join(folder, 'assets'))
    writeFileSync(join(folder, 'index.html'), '<title>Millrace</title>')
    writeFileSync(join(folder, 'assets', 'index-abc.js'), 'console.log(1)')
    writeFileSync(join(folder, '.sources'), 'a hash')
    server = Fastify()
    await server.register(dashboardRoutes, { files: readDashboardFiles(folder) })
  })
  afterAll(async () => {
    await server.close()
    rmSync(folder, { recursive: true })
  })

  it.each(DASHBOARD_PAGES)('%s is the document', async (url) => {
    const answer = await server.inject({ url })
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(answer.body).toBe('<title>Millrace</title>')
    expect(answer.headers['cache-control']).toBe('no-cache')
  })

  it('may be kept for ever when their name changes with their content', async () => {
    const answer = await server.inject({ url: '/assets/index-abc.js' })
    expect(answer.headers['cache-control']).toContain('immutable')
  })

  it('are compressed for those who take it', async () => {
    const answer = await server.inject({ url: '/assets/index-abc.js', headers: { 'accept-encoding': 'br, gzip' } })
    expect(answer.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(answer.rawPayload).toString()).toBe('console.log(1)')
  })

  it('are not sent again to those who have them', async () => {
    const first = await server.inject({ url: '/' })
    const again = await server.inject({ url: '/', headers: { 'if-none-match': String(first.headers.etag) } })
    expect([again.statusCode, again.body]).toEqual([304, ''])
  })

  it('are all that can be had: nothing hidden, and nothing outside of the folder', async () => {
    for (const url of ['/.sources', '/assets/../.sources', '/assets/%2e%2e/%2e%2e/etc/passwd', '/index.html']) {
      expect((await server.inject({ url })).statusCode, url).toBe(404)
    }
  })
})
