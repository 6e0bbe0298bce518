import { once } from 'node:events'
import { jira } from '@millrace/connector-jira'
import { createRuntime, ROLES, type Role } from '@millrace/core'
import { openDatabase, postgresJobStore, postgresLedger, postgresLoader, secretsFromKey } from '@millrace/sink-postgres'

/** A worker as an operator runs it: it works until its standard input ends, then says how much memory it took at most. */
const [databaseUrl = '', key = '', rowsAtOnce = '', ...given] = process.argv.slice(2)
const roles = ROLES.filter((role): role is Role => given.includes(role))
// 0 leaves every role its default.
const concurrency = Object.fromEntries(Number(rowsAtOnce) > 0 ? roles.map((role) => [role, Number(rowsAtOnce)]) : [])

const db = await openDatabase({ url: databaseUrl })
const runtime = createRuntime({
  connectors: [jira],
  ledger: postgresLedger(db),
  loader: postgresLoader(db),
  jobStore: postgresJobStore(db, { secrets: secretsFromKey({ id: 'benchmark', key: Buffer.from(key, 'hex') }) }),
  roles,
  concurrency,
})
await runtime.start()
process.stdout.write('ready\n')

process.stdin.resume()
await once(process.stdin, 'end')
await runtime.stop()
await db.close()
process.stdout.write(`${JSON.stringify({ roles, peakMb: process.resourceUsage().maxRSS / 1_024 })}\n`)
