import { jira } from '@millrace/connector-jira'
import { createRuntime } from '@millrace/core'
import {
  createIntegration,
  listIntegrations,
  migrate,
  openDatabase,
  postgresBudget,
  postgresJobStore,
  postgresLedger,
  postgresLoader,
  secretsFromKey,
  seedTenant,
} from '@millrace/sink-postgres'
import { z } from 'zod'

const settings = z.object({
  DATABASE_URL: z.url().optional(),
  JIRA_BASE_URL: z.url(),
  JIRA_EMAIL: z.string(),
  JIRA_API_TOKEN: z.string(),
  MILLRACE_KEY: z.base64(),
})
const { DATABASE_URL: url, ...env } = settings.parse(process.env)

const db = await openDatabase(url === undefined ? { pglite: { dataDir: 'jira-data' } } : { url })
await migrate(db)

// Every tenant has a job for Jira; it is due as soon as there is an account for it. The key seals what the account is opened with.
const secrets = secretsFromKey({ id: 'first', key: Buffer.from(env.MILLRACE_KEY, 'base64') })
const tenantId = await seedTenant(db, { name: 'Mine' })
const account = { type: jira.name, baseUrl: env.JIRA_BASE_URL, username: env.JIRA_EMAIL }
const credentials = { apiToken: env.JIRA_API_TOKEN }
if ((await listIntegrations(db, { tenantId })).length === 0) {
  await createIntegration(db, { tenantId, secrets, name: 'My Jira', ...account, credentials })
}

const runtime = createRuntime({
  connectors: [jira],
  ledger: postgresLedger(db),
  jobStore: postgresJobStore(db, { secrets }),
  loader: postgresLoader(db),
  budget: postgresBudget(db),
  roles: ['scheduler', 'extract', 'transform'],
})

runtime.allEvents({ tenantId }).subscribe((event) => {
  if (event.type === 'progress') console.log(`run ${event.runId}: ${event.totals.rowsWritten} rows`)
  if (event.type !== 'run-finished') return
  console.log(`run ${event.runId} ${event.summary.state}`)
  for (const reason of event.summary.reasons) console.error(reason)
})
await runtime.start()

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await runtime.stop()
    await db.close()
  })
}
