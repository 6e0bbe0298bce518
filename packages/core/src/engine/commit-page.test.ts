import { filter, firstValueFrom } from 'rxjs'
import { expect, test } from 'vitest'
import { MillraceError } from '../errors/millrace-error.ts'
import type { Commit } from '../ports/ledger.ts'
import type { Loader } from '../ports/loader.ts'
import { createRuntime, type RuntimeOptions } from './runtime.ts'
import { notebookOf, notes } from './testing/notebook.ts'

/** Two pages of two notes; what the ledger was told, and what became of the run. */
async function pagesOf(
  pages: readonly (readonly unknown[])[],
  options: Pick<RuntimeOptions, 'transformAtOnce' | 'roles'> & {
    readonly refuse?: string
    /** Whether the unit lost a worker before. */
    readonly suspect?: boolean
  } = {},
) {
  const notebook = notebookOf(pages)
  const { ledger, loader } = notebook
  const refusing: Loader = {
    ...loader,
    load: async (batch, tx) => {
      const refused = batch.loads.some(({ upserts }) =>
        upserts.some(({ json }) => json.includes(`"${options.refuse}"`)),
      )
      if (refused) throw new MillraceError('LOAD_FAILED', { message: 'Failed to load.', retryable: false })
      return loader.load(batch, tx)
    },
  }
  const commits: string[] = []
  const told = (jobType: string, { transformed }: Commit): string => (transformed ? `${jobType} with load` : jobType)
  const runtime = createRuntime({
    ...notebook,
    ledger: {
      ...ledger,
      claim: async (request) => {
        const leases = await ledger.claim(request)
        const { suspect = false } = options
        return leases.map((lease) => (lease.jobType === 'extract' ? { ...lease, suspect } : lease))
      },
      commit: async (lease, commit) => {
        const outcome = await ledger.commit(lease, commit)
        if (lease.jobType !== 'plan') commits.push(told(lease.jobType, commit))
        return outcome
      },
    },
    loader: refusing,
    ...options,
  })
  await runtime.start()
  const { runId } = await runtime.startRun({ tenantId: 1, jobId: 1 })
  const events = runtime.events({ tenantId: 1, runId })
  const { summary } = await firstValueFrom(events.pipe(filter((event) => event.type === 'run-finished')))
  await runtime.stop()
  const run = await ledger.run(runId)
  const transform = run?.counters.find(({ stage }) => stage === 'transform')
  const stored: unknown[] = []
  for await (const rows of loader.read({ tenantId: 1, integrationId: 1 }, notes)) {
    stored.push(...rows.map(({ values }) => values.external_id))
  }
  return { commits, summary, transform, stored: stored.sort() }
}

const FINE = [[{ id: 'a' }, { id: 'b' }], [{ id: 'c' }]]

test('a process that extracts and transforms loads a page in the commit that stores it', async () => {
  const { commits, transform, stored, summary } = await pagesOf(FINE)
  expect(commits).toEqual(['extract with load', 'extract with load'])
  expect(transform).toMatchObject({ planned: 2, done: 2, dead: 0, state: 'finished' })
  expect(stored).toEqual(['a', 'b', 'c'])
  expect(summary.totals.rowsWritten).toBe(3)
})

test('the load of a page is computed while the page before it is committed', async () => {
  const second = Promise.withResolvers<void>()
  let transformed = 0
  const notebook = notebookOf(FINE, () => {
    transformed += 1
    if (transformed === 2) second.resolve()
  })
  const { ledger, loader } = notebook
  const runtime = createRuntime({
    ...notebook,
    ledger: {
      ...ledger,
      commit: async (lease, commit) => {
        if (lease.jobType === 'extract') await second.promise
        return ledger.commit(lease, commit)
      },
    },
  })
  await runtime.start()
  const run = await runtime.startRun({ tenantId: 1, jobId: 1 })
  await firstValueFrom(runtime.events(run).pipe(filter((event) => event.type === 'run-finished')))
  await runtime.stop()
  expect(loader.rows(notes)).toHaveLength(3)
})

test('a unit with a page in hand asks for no other while its process has too much in hand', async () => {
  const notebook = notebookOf(FINE)
  const { ledger, loader } = notebook
  const log: string[] = []
  const runtime = createRuntime({
    ...notebook,
    limits: { bytesInHand: 1 },
    ledger: {
      ...ledger,
      nextSequence: () => {
        log.push('ask for a page')
        return ledger.nextSequence()
      },
      commit: async (lease, commit) => {
        if (lease.jobType !== 'extract') return ledger.commit(lease, commit)
        // Whoever does not wait asks within the same turn.
        for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate)
        const outcome = await ledger.commit(lease, commit)
        log.push('commit it')
        return outcome
      },
    },
  })
  await runtime.start()
  const run = await runtime.startRun({ tenantId: 1, jobId: 1 })
  await firstValueFrom(runtime.events(run).pipe(filter((event) => event.type === 'run-finished')))
  await runtime.stop()
  expect(log.slice(0, 4)).toEqual(['ask for a page', 'commit it', 'ask for a page', 'commit it'])
  expect(loader.rows(notes)).toHaveLength(3)
})

test('when it is told not to, every page gets a transform row', async () => {
  const { commits, transform, stored } = await pagesOf(FINE, { transformAtOnce: false })
  expect(commits.toSorted()).toEqual(['extract', 'extract', 'transform', 'transform'])
  expect(transform).toMatchObject({ planned: 2, done: 2, state: 'finished' })
  expect(stored).toEqual(['a', 'b', 'c'])
})

test('a page with a bad item gets a transform row, which isolates it', async () => {
  const { commits, stored, summary } = await pagesOf([[{ id: 'a' }, { id: 7 }], [{ id: 'c' }]])
  expect(commits.toSorted()).toEqual(['extract', 'extract with load', 'transform'])
  expect(stored).toEqual(['a', 'c'])
  expect(summary.failures.map(({ failure }) => failure.code)).toEqual(['INVALID_BODY'])
})

test('a load that is refused leaves the page stored and its unit alive', async () => {
  const { commits, stored, summary } = await pagesOf([[{ id: 'a' }, { id: 'x' }], [{ id: 'c' }]], { refuse: 'x' })
  expect(commits.filter((commit) => commit.startsWith('extract'))).toEqual(['extract', 'extract with load'])
  expect(stored).toEqual(['a', 'c'])
  expect(summary.failures.map(({ failure }) => failure.code)).toEqual(['LOAD_FAILED'])
})

test('the first page of a unit that lost a worker is left to a transform row: it may be its transform that kills', async () => {
  const { commits, stored, transform } = await pagesOf(FINE, { suspect: true })
  expect(commits.toSorted()).toEqual(['extract', 'extract with load', 'transform'])
  expect(transform).toMatchObject({ planned: 2, done: 2 })
  expect(stored).toEqual(['a', 'b', 'c'])
})
