import type { AddressInfo } from 'node:net'
import { createRuntime, type Logger, MillraceError, type Runtime, VERSION } from '@millrace/core'
import type { AmqpBroker } from '@millrace/core/amqp'
import {
  applyConfigurationChore,
  assertSchema,
  type Database,
  embedMissingChore,
  postgresBudget,
  postgresJobStore,
  postgresLedger,
  postgresLoader,
  pruneChore,
  secretsFromKey,
} from '@millrace/sink-postgres'
import type { FastifyInstance } from 'fastify'
import type { Api } from '../api/api.ts'
import { apiRoutes } from '../api/api-routes.ts'
import { auditedDatabase } from '../api/audit/audited-database.ts'
import { composeApi } from '../api/compose-api.ts'
import { ensureFirstAdmin, FIRST_ADMIN } from '../api/security/first-admin.ts'
import { CONNECTORS } from '../connectors.ts'
import { serveBuiltDashboard } from '../dashboard/built-dashboard.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { type Interruption, watchForInterruption } from '../interruption.ts'
import { startServer } from '../operations/start-server.ts'
import { observeProcess, observeSystem } from '../telemetry/gauges.ts'
import { type RunningTelemetry, startTelemetry } from '../telemetry/start-telemetry.ts'
import { NO_VECTORS, openVectors, type Vectors } from '../vectors/open-vectors.ts'
import { openBroker, transportOver } from './open-broker.ts'
import { requestedRuns } from './requested-runs.ts'
import { serveLogger } from './serve-logging.ts'
import type { ServeOptions } from './serve-options.ts'
import { openPatiently, type Patience, patiently, waitForSchema } from './wait-for-database.ts'

/** What is aborted at the deadline has so long to end. Whatever is left then is released by the others. */
const GRACE_MS = 15_000
/** Whoever asks whether the process is ready does not wait longer. */
const BROKER_PATIENCE_MS = 1_500

/** One process of the system, until a signal ends it. */
export async function serve(options: ServeOptions): Promise<ExitCode> {
  const log = serveLogger(options)
  const interruption = watchForInterruption(() => {
    log.info({ deadlineMs: options.shutdownDeadlineMs }, 'Stopping. A second signal ends the process at once.')
  })
  try {
    await using opened = new AsyncDisposableStack()
    return await work(options, log, interruption, opened)
  } catch (error) {
    if (interruption.signal.aborted) return EXIT.finished
    throw error
  } finally {
    interruption.forget()
    log.info({}, 'Stopped.')
  }
}

/** What is opened here is closed in the opposite order: work first, the database after it, the way to ask last. */
async function work(
  options: ServeOptions,
  log: Logger,
  { signal, happened }: Interruption,
  opened: AsyncDisposableStack,
): Promise<ExitCode> {
  let restart: Promise<ExitCode> | undefined
  const telemetry = startTelemetry(options)
  opened.defer(() => telemetry.stop())
  let db: Database | undefined
  let api: Api | undefined
  observeProcess(telemetry.meter, () => db)
  if (options.api) observeSystem(telemetry.meter, () => db, { log, staleAfterMs: options.staleAfterMs })
  const broker = openBroker(options, log)
  if (broker) opened.defer(() => broker.close())
  if (options.listen) {
    const operations = {
      version: VERSION,
      roles: options.api ? [...options.roles, 'api'] : options.roles,
      checks: {
        database: async () => assertSchema(db ?? notYet()),
        ...(broker && { broker: () => broker.ready(BROKER_PATIENCE_MS) }),
      },
      stopping: signal,
      renderMetrics: telemetry.render,
    }
    const extend = async (server: FastifyInstance): Promise<void> => {
      await apiRoutes(server, { ...options, version: VERSION, log, api: () => api })
      await serveBuiltDashboard(server)
    }
    const server = await startServer(options.listen, operations, options.api ? extend : undefined)
    opened.defer(() => server.close())
    const { address, port } = server.server.address() as AddressInfo
    log.info({ address, port }, 'Listening.')
  }

  const patience: Patience = { log, signal }
  const url = options.databaseUrl
  const database = auditedDatabase(await openPatiently({ url, maxConnections: options.connections }, patience))
  db = opened.adopt(database, (open) => open.close())
  await waitForSchema(database, options.migrate, patience)
  const vectors = await patiently('look for pgvector', patience, () =>
    openVectors(database, options.vectors, async () => secretsFromKey(...options.secretKeys)),
  )
  opened.defer(() => vectors?.[Symbol.asyncDispose]())
  if (!vectors) log.warn({}, NO_VECTORS)
  const { runtime, parts } = composeRuntime(options, { db: database, broker, telemetry, vectors }, patience)
  if (options.api) {
    api = composeApi({ ...parts, db: database, runtime, vectors, broker, log }, options)
    const password = await patiently('look for users', patience, () => ensureFirstAdmin(database))
    // For the eyes of whoever started it, and not into logs that are kept.
    if (password) process.stderr.write(`Nobody could log in yet: ${FIRST_ADMIN} can, with the password ${password}\n`)
  }
  if (options.roles.length > 0) {
    opened.defer(() => stopInTime(runtime, options.shutdownDeadlineMs, log))
    restart = runtime.restartRequested.then(() => EXIT.restart)
    await patiently('start working', patience, () => runtime.start())
  }
  log.info({ concurrency: options.concurrency }, 'Working.')
  return Promise.race([happened.then(() => EXIT.finished), ...(restart ? [restart] : [])])
}

interface Opened {
  readonly db: Database
  readonly broker: AmqpBroker | undefined
  readonly telemetry: RunningTelemetry
  readonly vectors: Vectors | undefined
}

function composeRuntime(
  { roles, concurrency, secretKeys, staleAfterMs, allowPrivateNetworks }: ServeOptions,
  { db, broker, telemetry: { telemetry }, vectors }: Opened,
  { log }: Patience,
): { readonly runtime: Runtime; readonly parts: Parts } {
  const ledger = postgresLedger(db)
  const secrets = secretsFromKey(...secretKeys)
  const jobStore = postgresJobStore(db, { secrets })
  const loader = postgresLoader(db, { log })
  const onRequest = requestedRuns(db, () => runtime)
  const runtime: Runtime = createRuntime({
    connectors: CONNECTORS,
    ledger,
    ...(broker && { transport: transportOver(broker, ledger, db, { onRequest, log }) }),
    jobStore,
    loader,
    chores: [
      pruneChore(db),
      applyConfigurationChore(db, { connectors: CONNECTORS, runtime: () => runtime }),
      ...(vectors && roles.includes('embed')
        ? [embedMissingChore(db, { vectorizer: vectors.vectorizer, connectors: CONNECTORS })]
        : []),
    ],
    budget: postgresBudget(db),
    ...(vectors && { vectorizer: vectors.vectorizer }),
    http: { allowPrivateNetworks },
    roles,
    concurrency,
    staleAfterMs,
    telemetry,
    log,
  })
  return { runtime, parts: { secrets, jobStore, loader, changes: ledger.changes } }
}

type Parts = Pick<Api, 'secrets' | 'jobStore' | 'loader' | 'changes'>

/** A connector that does not listen to its signal must not keep the process alive. */
async function stopInTime(runtime: Runtime, deadlineMs: number, log: Logger): Promise<void> {
  const timer = setTimeout(() => {
    log.error({ deadlineMs }, 'Failed to stop in time: something does not end. Others take its rows over.')
    process.exit(EXIT.cannotStart)
  }, deadlineMs + GRACE_MS)
  try {
    await runtime.stop({ deadlineMs })
  } finally {
    clearTimeout(timer)
  }
}

function notYet(): never {
  throw new MillraceError('DATABASE_UNAVAILABLE', { message: 'Failed to use the database: it was not reached yet.' })
}
