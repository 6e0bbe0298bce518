import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { checkConnection, memoryLoader, runToEnd } from '@millrace/core'
import { runStep } from '@millrace/core/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { feedItems, feedItemTags, jsonFeed } from './json-feed.ts'

const MAIN = new URL('./main.ts', import.meta.url)
const MIRROR = new URL('./feed-mirror.ts', import.meta.url)

type Item = { readonly id: string | number; readonly [property: string]: unknown }

let server: Server
let feed: string
let pages: (readonly Item[])[]

beforeEach(async () => {
  pages = [
    [
      {
        id: 'b',
        title: 'Two',
        content_text: 'second',
        tags: ['x', 'y', 'x'],
        date_published: '2026-02-01T00:00:00+02:00',
      },
    ],
    [{ id: 1, content_html: '<p>first</p>', authors: [{ name: 'Ada' }], date_published: '2026-01-01T00:00:00Z' }],
  ]
  server = createServer((request, response) => {
    const number = Number(new URL(request.url ?? '', 'http://localhost').searchParams.get('page') ?? 0)
    const items = pages[number]
    response.statusCode = items ? 200 : 404
    response.setHeader('content-type', 'application/feed+json')
    const next = number + 1 < pages.length ? { next_url: `${feed}?page=${number + 1}` } : {}
    response.end(JSON.stringify({ version: 'https://jsonfeed.org/version/1.1', title: 'News', ...next, items }))
  })
  server.listen(0)
  await once(server, 'listening')
  feed = `http://localhost:${(server.address() as AddressInfo).port}/feed.json`
})

afterEach(async () => {
  server.close()
  await once(server, 'close')
})

test('a feed is read to its last page, and ids are kept apart by feed', async () => {
  const { units, pages: read, changes } = await runStep(jsonFeed, 'json_feed_items', { config: { feeds: [feed] } })
  expect(units).toEqual([{ feed }])
  expect(read.map(({ next }) => next)).toEqual([`${feed}?page=1`, null])
  const ids = changes.flatMap((change) =>
    change.op === 'upsert' && change.entity === feedItems ? [change.row.id] : [],
  )
  expect(ids).toEqual([`${feed} b`, `${feed} 1`])
})

test('a tag that an item loses goes, and an item that falls off the feed stays', async () => {
  const loader = memoryLoader()
  const mirror = () => runToEnd({ connector: jsonFeed, config: { feeds: [feed] }, loader })
  await mirror()
  expect(loader.rows(feedItemTags).map(({ tag }) => tag)).toEqual(['x', 'y'])
  pages = [[{ id: 'b', title: 'Two', tags: ['y'], date_published: '2026-02-01T00:00:00+02:00' }]]
  const { state } = await mirror()
  expect(state).toBe('finished')
  expect(loader.rows(feedItemTags).map(({ tag }) => tag)).toEqual(['y'])
  expect(loader.rows(feedItems)).toHaveLength(2)
})

test('an item that cannot be read is one dead row, and its neighbours are there', async () => {
  pages = [[{ id: 'a', date_published: 'soon' }, ...pages.flat()]]
  const loader = memoryLoader()
  const { state, failures } = await runToEnd({ connector: jsonFeed, config: { feeds: [feed] }, loader })
  expect(state).toBe('failed')
  expect(failures).toMatchObject([{ failure: { code: 'INVALID_BODY' }, payload: { items: [0] } }])
  expect(loader.rows(feedItems)).toHaveLength(2)
})

test('a check names the feeds, and says of an address that is none that it is none', async () => {
  const account = { id: 1, tenantId: 1, name: 'news', active: true }
  const check = (...feeds: string[]) => checkConnection(jsonFeed, { ...account, config: { feeds } })
  await expect(check(feed)).resolves.toMatchObject({ account: 'News' })
  await expect(check(`${feed}?page=7`)).rejects.toMatchObject({ code: 'HTTP_STATUS' })
})

test('the program mirrors into a file, and a second time writes only what is new', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-feeds-'))
  try {
    const file = join(folder, 'feeds.db')
    expect(await program(file, feed)).toEqual({ code: 0, output: `finished: 5 rows written to ${file}, 3 requests\n` })
    pages = [[{ id: 'c', title: 'Three', date_published: '2026-03-01T00:00:00Z' }], ...pages]
    expect(await program(file, feed)).toMatchObject({ code: 0, output: expect.stringContaining('finished: 1 rows') })
    const db = new DatabaseSync(file)
    const titles = db.prepare('SELECT title FROM feed_items ORDER BY published').all()
    db.close()
    expect(titles.map(({ title }) => title)).toEqual([null, 'Two', 'Three'])
    expect(await program(file, `${feed}?page=7`)).toMatchObject({
      code: 1,
      output: expect.stringMatching(/answered 404/),
    })
    expect(await program(file)).toMatchObject({ code: 2, output: expect.stringContaining('Usage') })
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('the mirror runs in PostgreSQL on its own, and finds what it has read by its words', {
  timeout: 240_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-feeds-'))
  const env = { PATH: process.env.PATH, FEEDS: feed, MILLRACE_KEY: randomBytes(32).toString('base64') }
  const start = (...query: readonly string[]) =>
    spawn(process.execPath, ['--conditions=@millrace/source', MIRROR.pathname, ...query], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  try {
    const mirror = start()
    const [line] = await once(createInterface({ input: mirror.stdout }), 'line')
    expect(line).toMatch(/^run 1 finished: [1-9]/)
    mirror.kill('SIGTERM')
    expect(await once(mirror, 'exit')).toEqual([0, null])
    expect(await text(start('second').stdout)).toBe('Two\n\nsecond\n')
  } finally {
    await rm(folder, { recursive: true })
  }
})

async function program(...args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  const child = spawn(process.execPath, ['--conditions=@millrace/source', MAIN.pathname, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code, output: output + errors }
}
