import type { RunSummary } from '@millrace/core'
import { tenant } from '@millrace/sink-postgres'
import {
  type GithubSimulator,
  type JiraSimulator,
  startGithubSimulator,
  startJiraSimulator,
} from '@millrace-examples/simulators'
import type { InjectOptions } from 'fastify'
import { lastValueFrom } from 'rxjs'
import type { z } from 'zod'
import type { Route, UserRole } from '../contract/route.ts'
import { ROUTES, type RouteName, type Routes } from '../contract/routes.ts'
import type { ApiFixture, ApiFixtureOptions } from './api-fixture.ts'

/** What the sites let in; nobody may see them again. */
export const TOKENS = { jira: 'jira-token-that-nobody-may-see', github: 'github-token-that-nobody-may-see' } as const

/** An account that was added by the interface, and the job that reads it. */
export interface MirroredAccount {
  readonly integrationId: number
  readonly jobId: number
}

export interface MirroredFixture extends AsyncDisposable {
  readonly api: ApiFixture
  readonly jiraSite: JiraSimulator
  readonly githubSite: GithubSimulator
  readonly jira: MirroredAccount
  readonly github: MirroredAccount
  /** Asks as JSON, by an admin unless somebody else is named. @returns the answer, whatever its status */
  call<Answer>(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    body?: unknown,
    as?: UserRole,
  ): Promise<{ readonly status: number; readonly body: Answer }>
  /** Asks a route, which must be granted. @param options the id in its path, its query, and its body */
  granted<Name extends RouteName>(
    name: Name,
    options?: { readonly id?: string; readonly query?: string; readonly body?: unknown },
  ): Promise<z.output<Routes[Name]['response']>>
  /** What the tenant has, by SQL. */
  rows<Row extends object>(sql: string): Promise<Row[]>
  /** Waits for the end of a run. */
  ended(runId: number | null): Promise<RunSummary>
}

/** The interface over a tenant whose Jira and GitHub were mirrored once, everything asked for by the interface itself. */
export async function mirroredFixture(
  open: (options: ApiFixtureOptions) => Promise<ApiFixture>,
): Promise<MirroredFixture> {
  await using opened = new AsyncDisposableStack()
  const jiraSite = opened.adopt(await startJiraSimulator({ issues: 150, projects: 3, token: TOKENS.jira }), (site) =>
    site.close(),
  )
  const githubSite = opened.adopt(
    await startGithubSimulator({ repositories: 4, pullRequests: 60, tokens: [TOKENS.github] }),
    (site) => site.close(),
  )
  const api = opened.use(await open({ works: true, allowPrivateNetworks: true }))
  const call: MirroredFixture['call'] = async (method, url, body, as = 'admin') => {
    const asked: InjectOptions = body === undefined ? {} : { payload: body as object }
    const { status, json } = await api.ask({ method, url, as, ...asked })
    return { status, body: json() as never }
  }
  const granted: MirroredFixture['granted'] = async (name, { id = '', query, body } = {}) => {
    const { method, path, status = 200 }: Route = ROUTES[name]
    const url = `${path.replace(':id', id)}${query ? `?${query}` : ''}`
    const answer = await call(method, url, body)
    if (answer.status !== status)
      throw new Error(`Failed to ask ${name}: ${answer.status} ${JSON.stringify(answer.body)}.`)
    return answer.body as never
  }
  const rows = <Row extends object>(sql: string): Promise<Row[]> => api.db.query<Row>(tenant(api.tenantId), sql)
  const ended = async (runId: number | null): Promise<RunSummary> => {
    if (runId === null) throw new Error('Failed to wait for a run: none was started.')
    const last = await lastValueFrom(api.runtime.events({ runId, tenantId: api.tenantId }))
    if (last.type !== 'run-finished') throw new Error(`Failed to wait for run ${runId}: it ended with ${last.type}.`)
    return last.summary
  }
  const mirror = async (connector: string, account: object): Promise<MirroredAccount> => {
    const { body: integration } = await call<{ id: number }>('POST', '/app/etl/integrations', {
      name: `${connector} simulator`,
      type: connector,
      ...account,
    })
    const { body: job } = await call<{ id: number }>('POST', '/app/etl/jobs', {
      job_name: `${connector} simulator`,
      connector,
      integration_id: integration.id,
      active: true,
    })
    const { body: started } = await call<{ run_id: number }>('POST', `/app/etl/jobs/${job.id}/run-now`, {})
    const { state, failures } = await ended(started.run_id)
    if (state !== 'finished') throw new Error(`Failed to mirror ${connector}: ${JSON.stringify(failures)}.`)
    return { integrationId: integration.id, jobId: job.id }
  }
  const jira = await mirror('jira', {
    base_url: jiraSite.url,
    username: 'demo@example.com',
    credentials: { apiToken: TOKENS.jira },
    settings: { includeDevStatus: false },
  })
  const github = await mirror('github', { base_url: githubSite.url, credentials: { token: TOKENS.github } })
  const disposal = opened.move()
  const sites = { jiraSite, githubSite, jira, github }
  return { api, ...sites, call, granted, rows, ended, [Symbol.asyncDispose]: () => disposal.disposeAsync() }
}
