import { filter, firstValueFrom } from 'rxjs'
import { expect, test } from 'vitest'
import { createRuntime } from './runtime.ts'
import { notebookOf, notes } from './testing/notebook.ts'

const IDS = ['a', 'b', 'c']

test('a record whose workers vanished every time is taken apart at its last try, so that only one item can do it again', async () => {
  const together: number[] = []
  const notebook = notebookOf([IDS.map((id) => ({ id }))], (count) => together.push(count))
  const { ledger, loader } = notebook
  const extracting = createRuntime({ ...notebook, roles: ['extract'] })
  await extracting.start()
  const { runId } = await extracting.startRun({ tenantId: 1, jobId: 1, maxAttempts: 3 })
  const stored = async (): Promise<number | undefined> =>
    (await ledger.run(runId))?.counters.find(({ stage }) => stage === 'transform')?.planned
  await expect.poll(stored).toBe(1)
  await extracting.stop()

  for (const attempts of [1, 2]) {
    const [lease] = await ledger.claim({ workerId: 'gone', jobTypes: ['transform'], limit: 1, leaseMs: 0 })
    expect(lease?.attempts).toBe(attempts)
    expect((await ledger.sweep({ staleAfterMs: 60_000, ownerless: true })).released).toBe(1)
  }
  const transforming = createRuntime({ ...notebook, roles: ['transform'] })
  await transforming.start()
  const { summary } = await firstValueFrom(
    transforming.events({ tenantId: 1, runId }).pipe(filter((event) => event.type === 'run-finished')),
  )
  await transforming.stop()
  expect(summary).toMatchObject({ state: 'finished', failures: [] })
  expect(together).toEqual([1, 1, 1])
  expect(loader.rows(notes)).toHaveLength(IDS.length)
})
