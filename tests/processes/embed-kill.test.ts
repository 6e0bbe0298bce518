import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createRuntime, hashEmbeddings, reconcileVectors } from '@millrace/core'
import {
  createIntegration,
  createJob,
  migrate,
  OWNER,
  openDatabase,
  postgresJobStore,
  postgresLedger,
  postgresLoader,
  postgresVectorBridge,
  secretsFromKey,
  seedTenant,
  tenant,
} from '@millrace/sink-postgres'
import { qdrantStore } from '@millrace/sink-qdrant'
import { startQdrantSimulator } from '@millrace-examples/simulators'
import { expect, test } from 'vitest'
import { scratchStore } from '../../examples/host/src/testing/scratch-store.ts'
import { library, type Passage, passages } from './passages.ts'

const program = fileURLToPath(new URL('embed-worker-process.ts', import.meta.url))
const { DATABASE_URL: serverUrl } = process.env
const STALE_AFTER_MS = 1_000
const PASSAGES = 24

/** Where the workers of a round are killed, one after another: a call of a port, before or after it, and which one. */
type Death = readonly [call: string, when: 'before' | 'after', nth: number]

/** Of new rows: in the marks and after them, at the provider, at the store, in settling and after it. */
const WHILE_WRITING: readonly Death[] = [
  ['bridge.mark', 'after', 1],
  ['ledger.commit', 'after', 1],
  ['provider.embed', 'before', 1],
  ['store.upsert', 'before', 1],
  ['store.upsert', 'after', 2],
  ['bridge.settle', 'after', 1],
  ['ledger.commit', 'after', 2],
]
/** Of rows with another payload, with fewer chunks, and of such as are gone. */
const WHILE_CHANGING: readonly Death[] = [
  ['store.patch', 'before', 1],
  ['store.patch', 'after', 2],
  ['store.delete', 'before', 1],
  ['store.delete', 'after', 2],
  ['ledger.commit', 'after', 1],
]

const passage = (index: number): Passage => ({
  id: `p${String(index).padStart(2, '0')}`,
  text: `This is passage number ${index}. It has another sentence.`,
  status: 'Draft',
})

/** The first eight are published, the next eight lose a sentence, four say something else, four are gone. */
function changed(before: Passage, index: number): Passage | undefined {
  if (index < 8) return { ...before, status: 'Published' }
  if (index < 16) return { ...before, text: `This is passage number ${index}.` }
  return index < 20 ? { ...before, text: `Number ${index} was rewritten.` } : undefined
}

test.skipIf(!serverUrl)(
  'workers of the embed stage that are killed at every point of their writing order leave rows and points that agree',
  async () => {
    await using store = await scratchStore(serverUrl)
    const url = store.choice.kind === 'server' ? store.choice.url : ''
    await using opened = new AsyncDisposableStack()
    const qdrant = opened.adopt(await startQdrantSimulator(), (each) => each.close())
    const db = opened.adopt(await openDatabase({ url }), (open) => open.close())
    await migrate(db)
    const secrets = secretsFromKey({ id: 'test', key: Buffer.alloc(32, 1) })
    const tenantId = await seedTenant(db, { name: 'Acme' })
    const integrationId = await createIntegration(db, { tenantId, secrets, name: 'Books', type: 'library' })
    const jobId = await createJob(db, { tenantId, name: 'Books', connector: 'library', integrationId })
    const first = Array.from({ length: PASSAGES }, (_, index) => passage(index))
    const shelf = { passages: first as readonly Passage[], gone: [] as readonly string[] }
    const provider = hashEmbeddings({ dimensions: 16 })
    const tools = { provider, store: qdrantStore({ url: qdrant.url }), bridge: postgresVectorBridge(db) }
    const loader = postgresLoader(db)
    const conductor = createRuntime({
      connectors: [library(shelf)],
      ledger: postgresLedger(db),
      jobStore: postgresJobStore(db, { secrets }),
      loader,
      vectorizer: tools,
      roles: ['extract', 'transform'],
      // A row each, so that every death has rows left to die of.
      limits: { embedBatch: 1 },
      staleAfterMs: STALE_AFTER_MS,
    })
    await conductor.start()
    opened.defer(() => conductor.stop())

    const work = (...death: readonly (string | number)[]) =>
      spawn(
        process.execPath,
        ['--conditions=@millrace/source', program, url, qdrant.url, String(STALE_AFTER_MS), ...death.map(String)],
        { stdio: ['ignore', 'ignore', 'inherit'] },
      )
    const runThrough = async (deaths: readonly Death[]): Promise<void> => {
      const { runId } = await conductor.startRun({ tenantId, jobId, maxAttempts: 100 })
      const state = () => db.query(OWNER, 'SELECT state FROM etl_runs WHERE id = $1', [runId])
      for (const death of deaths) {
        const worker = work(...death)
        const [, signal] = await once(worker, 'exit')
        expect(signal, death.join(' ')).toBe('SIGKILL')
        expect(await state(), `something is left after ${death.join(' ')}`).toEqual([{ state: 'running' }])
      }
      const last = work()
      await expect.poll(state, { timeout: 120_000, interval: 100 }).toEqual([{ state: 'finished' }])
      last.kill('SIGKILL')
      await once(last, 'exit')
    }
    /** What is found in the store: nothing of it comes from the bridge. */
    const found = () =>
      [...qdrant.collections.values()]
        .flatMap(({ points }) => [...points.values()])
        .map(({ payload }) => `${payload.text} ${payload.status}`)
        .toSorted()
    const wanted = (rows: readonly Passage[]) =>
      rows.flatMap(({ text, status }) => text.split(/(?<=\.) /).map((sentence) => `${sentence} ${status}`)).toSorted()
    const agree = async (rows: readonly Passage[]): Promise<void> => {
      expect(found()).toEqual(wanted(rows))
      const sources = [{ integrationId, sourceType: 'LIBRARY', entities: [passages] }]
      const report = await reconcileVectors({ ...tools, loader }, { tenantId, sources })
      const documents = wanted(rows).length
      expect(report).toMatchObject({
        rows: rows.length,
        documents,
        points: documents,
        missing: 0,
        stale: 0,
        orphans: 0,
      })
      const unsettled = `SELECT count(*) AS count FROM qdrant_vectors WHERE state <> 'ready'`
      expect(await db.query(tenant(tenantId), unsettled)).toEqual([{ count: 0 }])
    }

    await runThrough(WHILE_WRITING)
    await agree(first)
    const second = first.flatMap((each, index) => changed(each, index) ?? [])
    shelf.passages = second
    shelf.gone = first.filter(({ id }) => !second.some((kept) => kept.id === id)).map(({ id }) => id)
    await runThrough(WHILE_CHANGING)
    await agree(second)
    expect(qdrant.violations).toEqual([])
  },
  // More than a dozen processes start, one after the other.
  600_000,
)
