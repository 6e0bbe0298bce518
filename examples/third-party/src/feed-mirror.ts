import { vector } from '@electric-sql/pglite-pgvector'
import { createRuntime, hashEmbeddings, search } from '@millrace/core'
import {
  createIntegration,
  createJob,
  listJobs,
  migrate,
  openDatabase,
  pgvectorStore,
  postgresJobStore,
  postgresLedger,
  postgresLoader,
  postgresVectorBridge,
  secretsFromKey,
  seedTenant,
} from '@millrace/sink-postgres'
import { z } from 'zod'
import { jsonFeed } from './json-feed.ts'

const settings = z.object({ DATABASE_URL: z.url().optional(), FEEDS: z.string(), MILLRACE_KEY: z.base64() })
const { DATABASE_URL: url, ...env } = settings.parse(process.env)
const query = process.argv.slice(2).join(' ')

const db = await openDatabase(
  url === undefined ? { pglite: { dataDir: 'feed-data', extensions: { vector } } } : { url },
)
await migrate(db)

const tenantId = await seedTenant(db, { name: 'Mine' })
const store = pgvectorStore(db)
const provider = hashEmbeddings()

if (query === '') await mirror()
else {
  const { hits } = await search({ store, providers: [provider] }, { tenantId, query })
  for (const { text } of hits) console.log(text)
  await db.close()
}

async function mirror(): Promise<void> {
  // An account and a job of it, made once. The job is due at once, then every hour.
  const secrets = secretsFromKey({ id: 'first', key: Buffer.from(env.MILLRACE_KEY, 'base64') })
  const jobs = await listJobs(db, { tenantId })
  if (!jobs.some(({ connector }) => connector === jsonFeed.name)) {
    const feeds = env.FEEDS.split(' ')
    const account = { tenantId, secrets, name: 'Feeds', type: jsonFeed.name, settings: { feeds } }
    const integrationId = await createIntegration(db, account)
    const job = { tenantId, name: 'Feeds', connector: jsonFeed.name, integrationId }
    await createJob(db, { ...job, scheduleIntervalMinutes: 60 })
  }

  const runtime = createRuntime({
    connectors: [jsonFeed],
    ledger: postgresLedger(db),
    jobStore: postgresJobStore(db, { secrets }),
    loader: postgresLoader(db),
    vectorizer: { provider, store, bridge: postgresVectorBridge(db) },
    roles: ['scheduler', 'extract', 'transform', 'embed'],
  })
  runtime.allEvents({ tenantId }).subscribe((event) => {
    if (event.type !== 'run-finished') return
    const { runId, summary } = event
    console.log(`run ${runId} ${summary.state}: ${summary.totals.rowsWritten} rows written`)
    for (const reason of summary.reasons) console.error(reason)
  })
  await runtime.start()

  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, async () => {
      await runtime.stop()
      await db.close()
    })
  }
}
