import { randomBytes } from 'node:crypto'
import { createRuntime, type Role, type Runtime, silentLogger } from '@millrace/core'
import {
  applyConfigurationChore,
  createIntegration,
  createJob,
  type Database,
  migrate,
  postgresJobStore,
  postgresLedger,
  postgresLoader,
  secretsFromKey,
  seedTenant,
} from '@millrace/sink-postgres'
import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify'
import { CONNECTORS } from '../../connectors.ts'
import { openStore } from '../../open-store.ts'
import type { DatabaseChoice } from '../../options.ts'
import { openVectors } from '../../vectors/open-vectors.ts'
import { apiRoutes } from '../api-routes.ts'
import { composeApi } from '../compose-api.ts'
import type { UserRole } from '../contract/route.ts'
import { hashPassword } from '../security/passwords.ts'
import { insertUser } from '../security/users.ts'

export const PASSWORD = 'a password for tests'
export const INTERNAL_KEY = 'a-key-of-services-that-is-long-enough'
/** Stored as credentials: must never be seen again. */
export const MARKER = 'marker-that-nobody-may-see'

/** What people wait a quarter of a minute for, a test need not. */
const CHORE_MS = 100

export interface ApiFixture extends AsyncDisposable {
  readonly db: Database
  readonly server: FastifyInstance
  /** Starts runs, and works on them where the fixture has roles. */
  readonly runtime: Runtime
  readonly tenantId: number
  /** Of another tenant, with an integration and a job of its own. */
  readonly other: { readonly tenantId: number; readonly jobId: number; readonly integrationId: number }
  readonly jobId: number
  readonly integrationId: number
  readonly tokens: { readonly [role in UserRole]: string }
  ask(
    options: InjectOptions & { readonly as?: UserRole },
  ): Promise<{ readonly status: number; readonly text: string; json(): unknown }>
}

export interface ApiFixtureOptions {
  /** @default in memory */
  readonly database?: DatabaseChoice
  /** What this process works on besides. @default nothing */
  readonly roles?: readonly Role[]
  /** @default false */
  readonly allowPrivateNetworks?: boolean
}

/** The interface over a database with two tenants and a user of each role. */
export async function apiFixture(options: ApiFixtureOptions = {}): Promise<ApiFixture> {
  const { database = { kind: 'memory' }, roles = [], allowPrivateNetworks = false } = options
  const db = await openStore(database)
  await migrate(db)
  const key = { id: 'test', key: randomBytes(32) } as const
  const secrets = secretsFromKey(key)
  const account = async (tenantId: number) => {
    const integrationId = await createIntegration(db, {
      tenantId,
      secrets,
      name: 'Site',
      type: 'jira',
      baseUrl: 'http://127.0.0.1:9',
      credentials: { apiToken: MARKER },
    })
    const jobId = await createJob(db, { tenantId, name: 'Site', connector: 'jira', integrationId })
    return { tenantId, integrationId, jobId }
  }
  const { tenantId, integrationId, jobId } = await account(await seedTenant(db, { name: 'Acme' }))
  const other = await account(await seedTenant(db, { name: 'Other' }))
  const hash = await hashPassword(PASSWORD)
  for (const role of ['user', 'operator', 'admin'] as const) {
    await insertUser(db, tenantId, { email: `${role}@acme.test`, displayName: role, role, hash })
  }
  const ledger = postgresLedger(db)
  const jobStore = postgresJobStore(db, { secrets })
  const loader = postgresLoader(db)
  const vectors = await openVectors(db, { qdrant: undefined, embeddings: 'hash' }, async () => secrets)
  const vectorizer = vectors && { vectorizer: vectors.vectorizer }
  const runtime: Runtime = createRuntime({
    ...{ connectors: CONNECTORS, ledger, jobStore, loader, roles, ...vectorizer },
    chores: [applyConfigurationChore(db, { connectors: CONNECTORS, runtime: () => runtime, everyMs: CHORE_MS })],
  })
  if (roles.length > 0) await runtime.start()
  const parts = {
    db,
    secrets,
    jobStore,
    loader,
    runtime,
    changes: ledger.changes,
    vectors,
    broker: undefined,
    log: silentLogger,
  }
  const api = composeApi(parts, { secretKeys: [key], allowPrivateNetworks })
  const server = Fastify({ bodyLimit: 64 * 1_024, forceCloseConnections: true })
  await apiRoutes(server, {
    version: '0',
    api: () => api,
    log: silentLogger,
    internalKey: INTERNAL_KEY,
    corsOrigins: [],
    requestsPerMinute: 1_000_000,
  })
  await server.ready()
  const login = async (role: UserRole): Promise<string> => {
    const payload = { email: `${role}@acme.test`, password: PASSWORD }
    const answer = await server.inject({ method: 'POST', url: '/app/auth/login', payload })
    return answer.json().token
  }
  const tokens = { user: await login('user'), operator: await login('operator'), admin: await login('admin') }
  return {
    db,
    server,
    runtime,
    tenantId,
    other,
    jobId,
    integrationId,
    tokens,
    async ask({ as, headers, ...options }) {
      const authorization = as && { authorization: `Bearer ${tokens[as]}` }
      const answer = await server.inject({ ...options, headers: { ...headers, ...authorization } })
      return { status: answer.statusCode, text: answer.body, json: () => answer.json() }
    },
    async [Symbol.asyncDispose]() {
      await server.close()
      if (roles.length > 0) await runtime.stop()
      await vectors?.[Symbol.asyncDispose]()
      await db.close()
    },
  }
}
