import { randomBytes } from 'node:crypto'
import {
  createRuntime,
  defineConnector,
  defineEntity,
  hashEmbeddings,
  MillraceError,
  memoryVectorStore,
  type RunSummary,
  type Runtime,
  type RuntimeOptions,
  type StartOptions,
  type VectorStore,
} from '@millrace/core'
import { lastValueFrom } from 'rxjs'
import { z } from 'zod'
import { tenant } from '../database/access.ts'
import { createIntegration } from '../jobs/integrations.ts'
import { createJob } from '../jobs/jobs.ts'
import { postgresJobStore } from '../jobs/postgres-job-store.ts'
import { secretsFromKey } from '../jobs/secrets.ts'
import { seedTenant } from '../jobs/seed-tenant.ts'
import { postgresLedger } from '../ledger/postgres-ledger.ts'
import { postgresLoader } from '../loader/postgres-loader.ts'
import { migrate } from '../migrations/migrate.ts'
import { postgresVectorBridge } from '../vectors/vector-bridge.ts'
import type { ScratchDatabase, ScratchKind } from './scratch-database.ts'

export const NOTES = defineEntity({
  name: 'notes',
  key: 'id',
  columns: z.object({ id: z.string(), text: z.string(), length: z.int().nullable() }),
  embed: ({ text }) => text,
})

export interface Note {
  readonly id: string
  readonly text: string
  /** The minute in which it last changed. */
  readonly at: number
}

/** A provider without a network, and a transformer that people improve. */
export interface World {
  books: { [book: string]: readonly Note[] }
  /** Texts that the transformer cannot bear. */
  poison: readonly string[]
  /** Books that the provider refuses for good. */
  broken: readonly string[]
  transformVersion: number
  /** Pages that were asked for. */
  requests: number
  /** Whether the extractor asks only for what changed since the window began. */
  windowed: boolean
  /** Whether a book is one raw record, or each of its pages. */
  record: 'page' | 'unit'
}

export function newWorld(more: Partial<World> = {}): World {
  return {
    books: {},
    poison: [],
    broken: [],
    transformVersion: 1,
    requests: 0,
    windowed: false,
    record: 'page',
    ...more,
  }
}

const PAGE = 2

export function notebook(world: World) {
  return defineConnector({
    name: 'notebook',
    entities: [NOTES],
    config: z.object({}),
    overlapMs: 0,
    steps: (step) => [
      step({
        name: 'notebook_notes',
        transformVersion: world.transformVersion,
        unit: z.object({ book: z.string() }),
        cursor: z.int(),
        items: 'items',
        record: world.record,
        body: z.object({ items: z.array(z.object({ id: z.string(), text: z.string(), at: z.number() })) }),
        units: () => Object.keys(world.books).map((book) => ({ book })),
        async *extract({ unit: { book }, from = 0 }, ctx) {
          if (world.broken.includes(book)) {
            throw new MillraceError('INVALID_BODY', { message: `Failed to read ${book}.`, retryable: false })
          }
          const { since } = world.windowed ? ctx.window : {}
          const all = (world.books[book] ?? []).filter(
            ({ at }) => since === undefined || at * 60_000 >= since.getTime(),
          )
          for (let start = from; ; start += PAGE) {
            world.requests += 1
            const next = start + PAGE < all.length ? start + PAGE : null
            yield { body: JSON.stringify({ items: all.slice(start, start + PAGE) }), next }
            if (next === null) return
          }
        },
        *transform({ bodies }) {
          for (const { id, text } of bodies.flatMap(({ items }) => items)) {
            if (world.poison.includes(text)) throw new RangeError(`cannot bear ${id}`)
            const length = world.transformVersion > 1 ? text.length : null
            yield NOTES.upsert({ id, text, length })
          }
        },
      }),
    ],
  })
}

/** A tenant with one job over a world, on a database of its own. */
export interface Notebook {
  readonly db: ScratchDatabase
  readonly tenantId: number
  readonly integrationId: number
  readonly jobId: number
  readonly world: World
  readonly vectors: VectorStore
  /** What a process is made of, without connector and vectorizer. */
  readonly ports: Pick<RuntimeOptions, 'ledger' | 'jobStore' | 'loader'>
  /** A process as the world's connector is now. */
  runtime(options?: Partial<RuntimeOptions>): Runtime
  /** Runs the job to its end, in a process of its own. */
  run(options?: Partial<StartOptions>): Promise<RunSummary>
  /** Waits for the end of a run that a process works on. */
  watch(runtime: Runtime, runId: number): Promise<RunSummary>
  notes(): Promise<readonly { readonly external_id: string; readonly text: string; readonly length: number | null }[]>
}

/** A database of its own with all tables. */
export async function openMigrated(
  kind: ScratchKind,
  hooks: Parameters<ScratchKind['open']>[0] = {},
): Promise<ScratchDatabase> {
  const db = await kind.open(hooks)
  await migrate(db)
  return db
}

/** Of all tenants, so that each one's processes can work for the others. */
const secrets = secretsFromKey({ id: 'test', key: randomBytes(32) })

/** Makes the tenant, its integration and its job. */
export async function addNotebook(db: ScratchDatabase, world: World, name: string): Promise<Notebook> {
  const tenantId = await seedTenant(db, { name })
  const integrationId = await createIntegration(db, {
    secrets,
    tenantId,
    name: 'notebook',
    type: 'notebook',
    credentials: { token: 'secret' },
  })
  const jobId = await createJob(db, { tenantId, name: 'notebook', connector: 'notebook', integrationId })
  const jobStore = postgresJobStore(db, { secrets })
  const vectors = memoryVectorStore()
  const runtime: Notebook['runtime'] = (options = {}) =>
    createRuntime({
      connectors: [notebook(world)],
      ledger: postgresLedger(db),
      jobStore,
      loader: postgresLoader(db),
      vectorizer: { provider: hashEmbeddings(), store: vectors, bridge: postgresVectorBridge(db) },
      ...options,
    })
  const watch: Notebook['watch'] = async (working, runId) => {
    const last = await lastValueFrom(working.events({ runId, tenantId }))
    if (last.type !== 'run-finished') throw new Error(`the run ended with ${last.type}`)
    return last.summary
  }
  return {
    db,
    tenantId,
    integrationId,
    jobId,
    world,
    vectors,
    ports: { ledger: postgresLedger(db), jobStore, loader: postgresLoader(db) },
    runtime,
    watch,
    async run(options = {}) {
      const working = runtime()
      await working.start()
      try {
        const { runId } = await working.startRun({ tenantId, jobId, ...options })
        return await watch(working, runId)
      } finally {
        await working.stop()
      }
    },
    notes: () =>
      db.query(tenant(tenantId), 'SELECT external_id, text, length FROM notes WHERE active ORDER BY external_id'),
  }
}
