import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { createRuntime, type Role, type Runtime } from '@millrace/core'
import {
  applyConfigurationChore,
  type Database,
  postgresJobStore,
  postgresLedger,
  postgresLoader,
  secretsFromKey,
} from '@millrace/sink-postgres'
import Fastify, { type InjectOptions } from 'fastify'
import { CONNECTORS } from '../../connectors.ts'
import { openStore } from '../../open-store.ts'
import { openVectors } from '../../vectors/open-vectors.ts'
import { apiRoutes } from '../api-routes.ts'
import { auditedDatabase } from '../audit/audited-database.ts'
import { composeApi } from '../compose-api.ts'
import type { UserRole } from '../contract/route.ts'
import type { IdentityProviderOptions } from '../security/identity-provider.ts'
import { heardLogger } from './heard-logger.ts'
import { PASSWORD, type SeededAccount, seedApi } from './seed-api.ts'

export const INTERNAL_KEY = 'a-key-of-services-that-is-long-enough'
/** What people wait a quarter of a minute for, a test need not. */
const CHORE_MS = 100

/** The interface, in this process or in others. */
export interface ApiFixture extends AsyncDisposable, SeededAccount {
  readonly db: Database
  /** Starts runs and tells about them. */
  readonly runtime: Runtime
  /** Of another tenant, with an integration and a job of its own. */
  readonly other: SeededAccount
  readonly tokens: { readonly [role in UserRole]: string }
  /** What credentials and tokens are sealed and signed with, in base64. */
  readonly key: string
  ask(options: InjectOptions & { readonly as?: UserRole }): Promise<ApiAnswer>
  /** Where it listens. */
  origin(): Promise<string>
  /** Everything that was logged so far. */
  said(): string
  /** What lies in the queues of the broker and in `etl.failed`, taken out of them; nothing without a broker. */
  messages(): Promise<readonly string[]>
}

export interface ApiAnswer {
  readonly status: number
  readonly text: string
  json(): unknown
}

export interface ApiFixtureOptions {
  /** Whether there are workers: of all roles but the scheduler's. @default false */
  readonly works?: boolean
  /** @default false */
  readonly allowPrivateNetworks?: boolean
  /** Who vouches for users besides those that are seeded; in one process only. @default nobody */
  readonly identityProvider?: IdentityProviderOptions
}

const ROLES: readonly Role[] = ['extract', 'transform', 'embed']

/** The interface over a database in memory, and workers where they are asked for, in this process. */
export async function apiFixture(options: ApiFixtureOptions = {}): Promise<ApiFixture> {
  const { works = false, allowPrivateNetworks = false, identityProvider } = options
  const db = auditedDatabase(await openStore({ kind: 'memory' }))
  const key = { id: 'test', key: randomBytes(32) } as const
  const secrets = secretsFromKey(key)
  const seeded = await seedApi(db, secrets)
  const { log, said } = heardLogger()
  const ledger = postgresLedger(db)
  const jobStore = postgresJobStore(db, { secrets })
  const loader = postgresLoader(db)
  const vectors = await openVectors(db, { qdrant: undefined, embeddings: 'hash' }, async () => secrets)
  const vectorizer = vectors && { vectorizer: vectors.vectorizer }
  const runtime: Runtime = createRuntime({
    ...{ connectors: CONNECTORS, ledger, jobStore, loader, roles: works ? ROLES : [], log, ...vectorizer },
    chores: [applyConfigurationChore(db, { connectors: CONNECTORS, runtime: () => runtime, everyMs: CHORE_MS })],
  })
  if (works) await runtime.start()
  const parts = { db, secrets, jobStore, loader, runtime, changes: ledger.changes, vectors, broker: undefined, log }
  const api = composeApi(parts, { secretKeys: [key], allowPrivateNetworks, identityProvider })
  const server = Fastify({ bodyLimit: 64 * 1_024, forceCloseConnections: true })
  await apiRoutes(server, {
    version: '0',
    api: () => api,
    log,
    internalKey: INTERNAL_KEY,
    corsOrigins: [],
    requestsPerMinute: 1_000_000,
  })
  await server.ready()
  const send = async (asked: InjectOptions): Promise<ApiAnswer> => {
    const answer = await server.inject(asked)
    return { status: answer.statusCode, text: answer.body, json: () => answer.json() }
  }
  return {
    ...seeded,
    db,
    runtime,
    key: key.key.toString('base64'),
    said,
    messages: async () => [],
    ...(await asking(send)),
    async origin() {
      if (!server.server.listening) await server.listen({ host: '127.0.0.1', port: 0 })
      return `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`
    },
    async [Symbol.asyncDispose]() {
      await server.close()
      if (works) await runtime.stop()
      await vectors?.[Symbol.asyncDispose]()
      await db.close()
    },
  }
}

/** Logs everybody in. */
export async function asking(
  send: (asked: InjectOptions) => Promise<ApiAnswer>,
): Promise<Pick<ApiFixture, 'tokens' | 'ask'>> {
  const login = async (role: UserRole): Promise<string> => {
    const payload = { email: `${role}@acme.test`, password: PASSWORD }
    const answer = await send({ method: 'POST', url: '/app/auth/login', payload })
    return (answer.json() as { token: string }).token
  }
  const tokens = { user: await login('user'), operator: await login('operator'), admin: await login('admin') }
  return {
    tokens,
    ask({ as, headers, ...options }) {
      const authorization = as && { authorization: `Bearer ${tokens[as]}` }
      return send({ ...options, headers: { ...headers, ...authorization } })
    },
  }
}
