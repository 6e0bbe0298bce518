import { describe, expect, test } from 'vitest'
import type { Route } from '../contract/route.ts'
import { ROUTES, type RouteName } from '../contract/routes.ts'
import { INTERNAL_KEY } from './api-fixture.ts'
import type { MirroredFixture } from './mirrored-fixture.ts'

const ROUTE_LIST = Object.entries<Route>(ROUTES) as [RouteName, Route][]
const WITH_ID = ROUTE_LIST.filter(([, { path }]) => path.includes(':id'))
const UNKNOWN_ID = '987654321'

/** What routes need to be given, for those that refuse an empty body. */
const BODIES: { readonly [name in RouteName]?: object } = {
  setJobSettings: { schedule_interval_minutes: 60, retry_interval_minutes: 5 },
  resetJob: { status: 'READY' },
}

/**
 * Whatever a tenant has does not exist for another one, by whichever route it asks. Comes after dead letters were made.
 *
 * @param settled waits until no change of configuration is being applied
 */
export function isolationSuite(world: () => MirroredFixture, settled: () => Promise<void>): void {
  const granted: MirroredFixture['granted'] = (name, options) => world().granted(name, options)

  /** As a service, which may do everything, on behalf of the other tenant. */
  async function askAsOther(method: Route['method'], path: string, body?: object) {
    const { api } = world()
    const url = `${path}${path.includes('?') ? '&' : '?'}tenant_id=${api.other.tenantId}`
    const headers = { 'x-internal-auth': INTERNAL_KEY }
    const answer = await api.ask({ method, url, headers, ...(body && { payload: body }) })
    return { status: answer.status, text: answer.text, code: (answer.json() as { readonly code?: string }).code }
  }

  /** Of each kind of thing, one that the first tenant has, by how the paths of its routes begin. */
  async function ownThings(): Promise<readonly (readonly [string, string])[]> {
    const { jira, api } = world()
    const integration_id = jira.integrationId
    const workflow = { integration_id, step_name: 'Isolated', step_number: 9, step_category: 'Done' }
    const level = { integration_id, level_name: 'Isolated', level_number: 9 }
    const status = { integration_id, status_from: 'Isolated', status_to: 'Apart', status_category: 'Done' }
    const { id: hierarchy } = await granted('createHierarchy', { body: level })
    const type = { integration_id, wit_from: 'Isolated', wit_to: 'Apart', wits_hierarchy_id: hierarchy }
    const things: readonly (readonly [string, string | number | undefined])[] = [
      ['/app/etl/users/', (await granted('listUsers'))[0]?.id],
      ['/app/etl/tenants/', api.tenantId],
      ['/app/etl/jobs/', jira.jobId],
      ['/api/v1/etl/jobs/', jira.jobId],
      ['/app/etl/integrations/', integration_id],
      ['/app/etl/queues/dead-letters/', (await granted('listDeadLetters')).dead_letters[0]?.id],
      ['/api/v1/etl/raw-data/', (await granted('listRawData')).raw_data[0]?.id],
      ['/app/etl/wits/mappings/', (await granted('createWitMapping', { body: type })).id],
      ['/app/etl/hierarchies/', hierarchy],
      ['/app/etl/statuses/mappings/', (await granted('createStatusMapping', { body: status })).id],
      ['/app/etl/workflows/', (await granted('createWorkflow', { body: workflow })).id],
    ]
    return things.map(([start, id]) => [start, String(id)])
  }

  describe('what another tenant has', () => {
    test('is not found by any route that takes an id, and is left as it is', async () => {
      const things = await ownThings()
      await settled()
      const [run] = await granted('listRuns', { id: String(world().jira.jobId) })
      const pathOf = ([name, { path }]: readonly [RouteName, Route]): string => {
        const [, id] = things.find(([start]) => path.startsWith(start)) ?? []
        if (id === undefined) throw new Error(`Failed to try ${name}: nothing is known of which it takes the id.`)
        return path.replace(':id', id).replace(':run_id', String(run?.run_id))
      }
      const shown = () =>
        Promise.all(
          WITH_ID.filter(([, { method }]) => method === 'GET').map(async (route) => {
            const { status, body } = await world().call<object>('GET', pathOf(route))
            return [route[0], status, body]
          }),
        )
      const before = await shown()
      expect(before.filter(([, status]) => status !== 200)).toEqual([])
      const found: unknown[] = []
      for (const [name, route] of WITH_ID) {
        const body = route.body && (BODIES[name] ?? {})
        const { status, code, text } = await askAsOther(route.method, pathOf([name, route]), body)
        if (status !== 404 || code !== 'NOT_FOUND') found.push([name, status, text])
      }
      expect(found).toEqual([])
      expect(await shown()).toEqual(before)
    }, 60_000)

    test('is in no list, and naming its account, job or run is like naming none that there is', async () => {
      const { jira, api, jiraSite } = world()
      const [run] = await granted('listRuns', { id: String(jira.jobId) })
      const [project] = [...jiraSite.truth().issues()].map(({ key }) => key.split('-')[0])
      const named: { readonly [parameter: string]: string } = {
        integration_id: String(jira.integrationId),
        job_id: String(jira.jobId),
        run_id: String(run?.run_id),
      }
      for (const [name, { method, path, query }] of ROUTE_LIST) {
        if (method !== 'GET' || path.includes(':') || name === 'me') continue
        const isComplete = !query || query.safeParse({}).success
        const required = isComplete ? '' : `?integration_id=${api.other.integrationId}`
        const all = await askAsOther('GET', `${path}${required}`)
        expect([name, all.status]).toEqual([name, 200])
        for (const word of ['acme.test', 'simulator', `"${project}"`, `${project}-`]) {
          expect(all.text.includes(word), `${name} tells ${word}`).toBe(false)
        }
        for (const parameter of Object.keys(query?.shape ?? {}).filter((each) => each in named)) {
          const id = named[parameter] ?? ''
          const theirs = await askAsOther('GET', `${path}?${parameter}=${id}`)
          const none = await askAsOther('GET', `${path}?${parameter}=${UNKNOWN_ID}`)
          // What is refused names what was asked for; what is granted must be the same to the letter.
          const said = ({ status, text }: typeof none, own: string): string =>
            status < 400 ? text : text.replaceAll(new RegExp(`\\b${own}\\b`, 'g'), 'id')
          expect([name, theirs.status, said(theirs, id)]).toEqual([name, none.status, said(none, UNKNOWN_ID)])
        }
      }
    }, 60_000)

    test('is nothing to start, to add to or to try again', async () => {
      const { jira, api } = world()
      const { dead_letters: letters } = await granted('listDeadLetters')
      const [first] = letters
      const ids = { ids: [first?.id], job_id: jira.jobId }
      expect(JSON.parse((await askAsOther('POST', '/app/etl/queues/dead-letters/requeue', ids)).text)).toEqual({
        ...{ adopted: 0, waiting: 0 },
      })
      expect(JSON.parse((await askAsOther('POST', '/app/etl/queues/dead-letters/discard', ids)).text)).toEqual({
        discarded: 0,
      })
      expect(await granted('listDeadLetters')).toEqual({ dead_letters: letters, next: null })
      const record = { entity_type: 'jira_fields', external_id: '1', raw_data: [] }
      const job = { job_name: 'Theirs', connector: 'jira' }
      const step = { step_name: 'Theirs', step_number: 1, step_category: 'Done' }
      const attempts = (id: number) =>
        [
          ['POST', '/api/v1/etl/trigger-pipeline', { integration_id: id, entity_type: 'jira' }],
          ['POST', '/api/v1/etl/raw-data', { integration_id: id, ...record }],
          ['POST', '/app/etl/custom-fields/sync', { integration_id: id }],
          ['PUT', `/app/etl/custom-fields/mapping?integration_id=${id}`, { fields: {} }],
          ['POST', '/app/etl/workflows', { integration_id: id, ...step }],
          ['POST', '/app/etl/jobs', { integration_id: id, ...job }],
          ['PUT', `/app/etl/jobs/${api.other.jobId}`, { integration_id: id }],
        ] as const
      const outcomes = async (id: number) => {
        const found: unknown[] = []
        for (const [method, path, body] of attempts(id)) {
          const { status, code } = await askAsOther(method, path, body)
          found.push([method, path.replace(String(id), 'id'), status, code])
          expect(status, `${method} ${path}`).toBeGreaterThanOrEqual(400)
        }
        return found
      }
      expect(await outcomes(jira.integrationId)).toEqual(await outcomes(Number(UNKNOWN_ID)))
    }, 60_000)
  })
}
