import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { github } from '@millrace/connector-github'
import { jira } from '@millrace/connector-jira'
import { brokerTransport, createRuntime, ROLES, type Role } from '@millrace/core'
import { amqpBroker } from '@millrace/core/amqp'
import {
  openDatabase,
  postgresJobStore,
  postgresLedger,
  postgresLoader,
  postgresOutbox,
  secretsFromKey,
} from '@millrace/sink-postgres'

/**
 * A worker as an operator runs it: it works until its standard input ends, then says how much memory it took at most, and how
 * much of its heap is still in use, which is what work that is over should not leave behind.
 */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    concurrency: { type: 'string', default: '0' },
    amqp: { type: 'string' },
    prefix: { type: 'string', default: '' },
  },
})
const [databaseUrl = '', key = '', ...given] = positionals
const roles = ROLES.filter((role): role is Role => given.includes(role))
const rowsAtOnce = Number(values.concurrency)
// 0 leaves every role its default.
const concurrency = Object.fromEntries(rowsAtOnce > 0 ? roles.map((role) => [role, rowsAtOnce]) : [])

const db = await openDatabase({ url: databaseUrl })
const ledger = postgresLedger(db)
const broker = values.amqp === undefined ? undefined : amqpBroker({ url: values.amqp, prefix: values.prefix })
await broker?.ready()
const runtime = createRuntime({
  connectors: [jira, github],
  ledger,
  ...(broker && { transport: brokerTransport({ broker, ledger, outbox: postgresOutbox(db) }) }),
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
await broker?.close()
await db.close()
const peakMb = process.resourceUsage().maxRSS / 1_024
setFlagsFromString('--expose-gc')
runInNewContext('gc')()
process.stdout.write(`${JSON.stringify({ roles, peakMb, liveMb: process.memoryUsage().heapUsed / 1e6 })}\n`)
