import { createRuntime } from '@millrace/core'
import { openDatabase, postgresJobStore, postgresLedger, postgresLoader, secretsFromKey } from '@millrace/sink-postgres'
import { notebook } from './deadly-notebook.ts'

/** A worker that works until something ends it: `deadly-notebook-process.ts <database URL> <staleness in ms>`. */
const [, , url = '', staleAfterMs = ''] = process.argv
const db = await openDatabase({ url })
const secrets = secretsFromKey({ id: 'test', key: Buffer.alloc(32, 1) })
const runtime = createRuntime({
  connectors: [notebook],
  ledger: postgresLedger(db),
  jobStore: postgresJobStore(db, { secrets }),
  loader: postgresLoader(db),
  staleAfterMs: Number(staleAfterMs),
})
await runtime.start()
