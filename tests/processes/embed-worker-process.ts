import { createRuntime, hashEmbeddings } from '@millrace/core'
import { incarnation } from '@millrace/core/testing'
import {
  openDatabase,
  postgresJobStore,
  postgresLedger,
  postgresLoader,
  postgresVectorBridge,
  secretsFromKey,
} from '@millrace/sink-postgres'
import { qdrantStore } from '@millrace/sink-qdrant'
import { library } from './passages.ts'

/**
 * A worker of the embed stage that is killed at one call of a port, as by `kill -9`:
 * `embed-worker-process.ts <database URL> <Qdrant URL> <staleness in ms> [port.method before|after nth]`.
 */
const [, , url = '', qdrantUrl = '', staleAfterMs = '', where = '', when = '', nth = '1'] = process.argv
let calls = 0
const life = incarnation((call) => {
  if (call !== where) return 'go'
  calls += 1
  if (calls !== Number(nth)) return 'go'
  return when === 'before' ? 'crash-before' : 'crash-after'
})
// Nothing of ours may run any more.
void life.died.then(() => process.kill(process.pid, 'SIGKILL'))

const db = await openDatabase({ url })
const secrets = secretsFromKey({ id: 'test', key: Buffer.alloc(32, 1) })
const runtime = createRuntime({
  connectors: [library({ passages: [], gone: [] })],
  ledger: life.wrap('ledger', postgresLedger(db)),
  jobStore: postgresJobStore(db, { secrets }),
  loader: postgresLoader(db),
  vectorizer: {
    provider: life.wrap('provider', hashEmbeddings({ dimensions: 16 })),
    store: life.wrap('store', qdrantStore({ url: qdrantUrl })),
    bridge: life.wrap('bridge', postgresVectorBridge(db)),
  },
  roles: ['embed'],
  // One row at a time, so that the call that ends this worker is the one that was meant.
  concurrency: { embed: 1 },
  staleAfterMs: Number(staleAfterMs),
})
await runtime.start()
