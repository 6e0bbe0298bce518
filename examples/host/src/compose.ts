import { createRuntime, type Logger, type Runtime } from '@millrace/core'
import {
  applyConfigurationChore,
  assertSchema,
  type Database,
  embedMissingChore,
  migrate,
  postgresBudget,
  postgresJobStore,
  postgresLedger,
  postgresLoader,
  pruneChore,
  reset,
  secretsFromKey,
  seedTenant,
} from '@millrace/sink-postgres'
import type { Api } from './api/api.ts'
import { auditedDatabase } from './api/audit/audited-database.ts'
import { composeApi } from './api/compose-api.ts'
import { CONNECTORS } from './connectors.ts'
import { ensureJob, type JobRows } from './job-rows.ts'
import { describeStore, openStore } from './open-store.ts'
import type { HostOptions } from './options.ts'
import { readOrMakeKeys } from './secret-key.ts'
import { openSources, type Source } from './source.ts'
import { DEMO_TENANTS, TENANT } from './tenant.ts'
import { NO_VECTORS, openVectors } from './vectors/open-vectors.ts'

/** Whoever looks at a first run wants to see at once that nothing is missing; here are few tenants. */
const LOOK_FOR_MISSING_MS = 20_000
const SIMULATED =
  'The Jira site and the GitHub organization are simulated, in this process. --help says how to mirror real ones.'

/** Everything that the program consists of. Disposing of it stops the work, hands rows back and closes what was opened. */
export interface System extends AsyncDisposable {
  readonly db: Database
  readonly sources: readonly Source[]
  /** One for each source, in their order. */
  readonly jobs: readonly JobRows[]
  /** Works on runs, and begins none by itself. */
  readonly runtime: Runtime
  /** Starts the jobs that are due, once it is started. */
  readonly scheduler: Runtime
  readonly api: Api
  readonly log: Logger
}

/** Wires the whole pipeline: database → tables → tenant, integrations and jobs → ledger, loader, vectors → runtime. */
export async function compose(options: HostOptions, { log, say }: Surroundings): Promise<System> {
  await using opened = new AsyncDisposableStack()

  say(`Opening ${describeStore(options.database)}.`)
  const db = auditedDatabase(opened.adopt(await openStore(options.database), (database) => database.close()))
  if (options.reset) await reset(db)
  const applied = await migrate(db)
  await assertSchema(db)
  if (applied.length > 0) say(`Migrated it to version ${applied.at(-1)}.`)

  for (const seed of DEMO_TENANTS) await seedTenant(db, seed)
  const tenantId = await seedTenant(db, TENANT)
  const sources = await openSources(options.source, db, tenantId)
  for (const { simulator } of sources) opened.defer(() => simulator?.close())
  if (sources.some(({ simulator }) => simulator)) say(SIMULATED)
  const secretKeys = await readOrMakeKeys(options.keyFile)
  const secrets = secretsFromKey(...secretKeys)
  const jobStore = postgresJobStore(db, { secrets })
  const jobs: JobRows[] = []
  for (const source of sources) jobs.push(await ensureJob(db, jobStore, { secrets, tenantId, source }))

  const vectors = await openVectors(db, options.vectors, async () => secrets)
  opened.defer(() => vectors?.[Symbol.asyncDispose]())
  say(vectors?.description ?? NO_VECTORS)
  const ledger = postgresLedger(db)
  const loader = postgresLoader(db, { log })
  const runtime: Runtime = createRuntime({
    connectors: CONNECTORS,
    chores: [
      pruneChore(db),
      applyConfigurationChore(db, { connectors: CONNECTORS, runtime: () => runtime }),
      ...(vectors
        ? [
            embedMissingChore(db, {
              vectorizer: vectors.vectorizer,
              connectors: CONNECTORS,
              everyMs: LOOK_FOR_MISSING_MS,
            }),
          ]
        : []),
    ],
    ledger,
    jobStore,
    loader,
    budget: postgresBudget(db),
    ...(vectors && { vectorizer: vectors.vectorizer }),
    ...(options.retries !== undefined && { http: { retries: options.retries } }),
    log,
  })
  opened.defer(() => runtime.stop())
  const scheduler = createRuntime({ connectors: CONNECTORS, ledger, jobStore, loader, log, roles: ['scheduler'] })
  opened.defer(() => scheduler.stop())

  const api = composeApi(
    { db, secrets, jobStore, loader, runtime, changes: ledger.changes, vectors, broker: undefined, log },
    { secretKeys, allowPrivateNetworks: true, identityProvider: undefined },
  )
  const disposal = opened.move()
  return { db, sources, jobs, runtime, scheduler, api, log, [Symbol.asyncDispose]: () => disposal.disposeAsync() }
}

interface Surroundings {
  readonly log: Logger
  readonly say: (line: string) => void
}
