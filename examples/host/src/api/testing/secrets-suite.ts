import { OWNER } from '@millrace/sink-postgres'
import { expect, test } from 'vitest'
import { jobsChannelPath } from '../contract/live.ts'
import type { Route } from '../contract/route.ts'
import { ROUTES } from '../contract/routes.ts'
import { INTERNAL_KEY } from './api-fixture.ts'
import { type MirroredFixture, TOKENS } from './mirrored-fixture.ts'
import { MARKER, PASSWORD } from './seed-api.ts'

/** Planted by the test that looks for them. */
const HIDDEN = {
  embeddingKey: 'embedding-key-that-nobody-may-see',
  password: 'password-that-nobody-may-see',
  wrongPassword: 'wrong-password-that-nobody-may-see',
} as const

/** Whatever is planted as a secret is looked for wherever anything can be seen. Comes last: it leaves a failed run. */
export function secretsSuite(world: () => MirroredFixture): void {
  const granted: MirroredFixture['granted'] = (name, options) => world().granted(name, options)

  test('no secret that went in comes out: not in answers, log lines, errors, documents, messages or rows', async () => {
    const { api, jira } = world()
    const wrong = { ...HIDDEN, token: 'wrong-token-that-nobody-may-see' }
    const service = { 'x-internal-auth': INTERNAL_KEY }
    const embedding = {
      ...{ provider: 'openai', model: 'any', dimensions: 8, baseUrl: 'https://embeddings.example.com/v1' },
      apiKey: wrong.embeddingKey,
    }
    const model = await api.ask({
      ...{ method: 'PUT', headers: service, payload: { embedding } },
      url: `/app/etl/integrations/${api.other.integrationId}?tenant_id=${api.other.tenantId}`,
    })
    expect(model.status).toBe(200)
    await granted('createUser', { body: { email: 'eve@acme.test', role: 'user', password: wrong.password } })
    const login = { email: 'eve@acme.test', password: wrong.wrongPassword }
    const answers = [model.text, (await api.ask({ method: 'POST', url: '/app/auth/login', payload: login })).text]
    // Whoever the provider refuses has dead rows, a failed run and a status that says why.
    await granted('updateIntegration', {
      ...{ id: String(jira.integrationId), body: { credentials: { apiToken: wrong.token } } },
    })
    answers.push(JSON.stringify(await granted('checkIntegration', { id: String(jira.integrationId) })))
    const { run_id } = await granted('runJobNow', { id: String(jira.jobId), body: { full_sync: true } })
    expect(await world().ended(run_id)).toMatchObject({ state: 'failed' })
    expect(answers.join()).toContain('UNAUTHORIZED')

    const ids = await namesOfEverything()
    for (const [name, { method, path }] of Object.entries<Route>(ROUTES)) {
      if (method !== 'GET') continue
      const query = path.includes('mapping') && !path.includes(':id') ? `?integration_id=${jira.integrationId}` : ''
      for (const id of path.includes(':id') ? ids(name) : ['']) {
        const url = path.replace(':id', id).replace(':run_id', String(run_id)) + query
        answers.push((await api.ask({ method, url, as: 'admin' })).text)
      }
    }
    // It is good for half a minute only.
    const { ticket } = await granted('createTicket')
    const socket = new WebSocket(
      `${(await api.origin()).replace('http', 'ws')}${jobsChannelPath(api.tenantId, ticket)}`,
    )
    await new Promise((resolve) => socket.addEventListener('message', resolve, { once: true }))
    socket.addEventListener('message', ({ data }) => void answers.push(String(data)))

    const tables = await api.db.query<{ name: string }>(
      OWNER,
      `SELECT quote_ident(table_name) AS name FROM information_schema.tables
        WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
    )
    const stored = await Promise.all(
      tables.map(({ name }) => api.db.query<{ row: string }>(OWNER, `SELECT t::text AS row FROM ${name} t`)),
    )
    const places = {
      answers: answers.join('\n'),
      logs: api.said(),
      messages: (await api.messages()).join('\n'),
      rows: stored.flatMap((found) => found.map(({ row }) => row)).join('\n'),
    }
    socket.close()
    expect(places.rows.length).toBeGreaterThan(100_000)
    expect(places.logs).toContain('UNAUTHORIZED')
    const secrets = { ...wrong, ...TOKENS, ...api.tokens, MARKER, PASSWORD, INTERNAL_KEY, key: api.key, ticket }
    const leaks = Object.entries(secrets).flatMap(([secret, text]) =>
      Object.entries(places).flatMap(([place, said]) =>
        [text, Buffer.from(text).toString('hex'), Buffer.from(text).toString('base64')]
          .filter((shape) => said.includes(shape))
          .map(() => `${secret} in ${place}`),
      ),
    )
    expect(leaks).toEqual([])
  }, 120_000)

  /** Ids that the routes of one thing take, by the route's name. */
  async function namesOfEverything(): Promise<(route: string) => readonly string[]> {
    const { jira, github } = world()
    const raw = (await granted('listRawData', { query: 'limit=100' })).raw_data.map(({ id }) => String(id))
    const letters = (await granted('listDeadLetters')).dead_letters.map(({ id }) => String(id))
    expect(letters.length).toBeGreaterThan(0)
    const integrations = [jira, github].map(({ integrationId }) => String(integrationId))
    const jobs = [jira, github].map(({ jobId }) => String(jobId))
    const byRoute: { readonly [route: string]: readonly string[] } = {
      showRawData: raw,
      showDeadLetter: letters,
      showIntegration: integrations,
      statusMappingDependencies: (await granted('listStatusMappings')).map(({ id }) => id),
      workflowDependencies: (await granted('listWorkflows')).map(({ id }) => id),
      hierarchyDependencies: (await granted('listHierarchies')).map(({ id }) => id),
    }
    return (route) => byRoute[route] ?? jobs
  }
}
