import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hashEmbeddings, openAiEmbeddings } from '@millrace/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createIntegration } from '../jobs/integrations.ts'
import { secretsFromKey } from '../jobs/secrets.ts'
import { seedTenant } from '../jobs/seed-tenant.ts'
import { openMigrated } from '../testing/notebook.ts'
import { type ScratchDatabase, scratchServer } from '../testing/scratch-database.ts'
import { postgresBudget } from './postgres-budget.ts'

const { DATABASE_URL: serverUrl } = process.env
const { signal } = new AbortController()
const hashing = hashEmbeddings({ dimensions: 8 })
let db: ScratchDatabase
beforeAll(async () => {
  if (serverUrl) db = await openMigrated(scratchServer(serverUrl))
})
afterAll(() => db?.close())

/** A server that embeds for real, until it refuses. */
async function embeddingServer(refusesAt: number) {
  let asked = 0
  const server = createServer(async (request, response) => {
    asked += 1
    if (asked >= refusesAt) return void response.writeHead(429, { 'retry-after': '300' }).end('{}')
    const { input } = JSON.parse((await Array.fromAsync(request)).join('')) as { readonly input: readonly string[] }
    const vectors = await hashing.embed(input, signal)
    response.end(JSON.stringify({ data: vectors.map((each, index) => ({ index, embedding: Array.from(each) })) }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked: () => asked,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  }
}

test.skipIf(!serverUrl)(
  'processes that share a database share what an embedding server may be asked, and its refusals',
  async () => {
    const secrets = secretsFromKey({ id: 'k', key: new Uint8Array(32) })
    const tenantId = await seedTenant(db, { name: 'tenant' })
    const open = async (baseUrl: string, name: string, requestsPerMinute?: number) => {
      const integrationId = await createIntegration(db, { secrets, tenantId, name, type: 'notebook' })
      const options = { baseUrl, model: 'm', dimensions: 8, ...(requestsPerMinute && { requestsPerMinute }) }
      return [db, await db.again()].map((each) =>
        openAiEmbeddings(options, { shared: { budget: postgresBudget(each), tenantId, integrationId } }),
      )
    }

    await using busy = await embeddingServer(Number.POSITIVE_INFINITY)
    const both = await open(busy.url, 'busy', 10)
    const calls = both.flatMap((each) => Array.from({ length: 8 }, (_, index) => each.embed([`text ${index}`], signal)))
    const outcomes = await Promise.allSettled(calls)
    const refused = outcomes.filter((each) => each.status === 'rejected').map(({ reason }) => reason)
    expect(busy.asked()).toBe(10)
    expect(refused.map(({ code }) => code)).toEqual(Array.from({ length: 6 }, () => 'RATE_LIMITED'))

    await using refusing = await embeddingServer(3)
    const [one, other] = await open(refusing.url, 'refusing')
    await one?.embed(['first'], signal)
    await other?.embed(['second'], signal)
    await expect(one?.embed(['third'], signal)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    await expect(other?.embed(['fourth'], signal)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    expect(refusing.asked()).toBe(3)
  },
)
