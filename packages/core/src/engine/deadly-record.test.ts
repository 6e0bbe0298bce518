import { filter, firstValueFrom } from 'rxjs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineConnector } from '../contracts/connector.ts'
import { defineEntity } from '../contracts/entity.ts'
import { memoryJobStore } from '../memory/memory-job-store.ts'
import { memoryLedger } from '../memory/memory-ledger.ts'
import { memoryLoader } from '../memory/memory-loader.ts'
import { systemClock } from '../system/system-clock.ts'
import { createRuntime } from './runtime.ts'

const notes = defineEntity({ name: 'notes', key: 'id', columns: z.object({ id: z.string() }) })
const IDS = ['a', 'b', 'c']

test('a record whose workers vanished every time is taken apart at its last try, so that only one item can do it again', async () => {
  const together: number[] = []
  const connector = defineConnector({
    name: 'notebook',
    entities: [notes],
    config: z.object({}),
    steps: (step) => [
      step({
        name: 'notebook_notes',
        items: 'notes',
        body: z.object({ notes: z.array(z.object({ id: z.string() })) }),
        async *extract() {
          yield { body: JSON.stringify({ notes: IDS.map((id) => ({ id })) }), next: null }
        },
        *transform({ body }) {
          together.push(body.notes.length)
          for (const note of body.notes) yield notes.upsert(note)
        },
      }),
    ],
  })
  const account = { id: 1, tenantId: 1, name: 'notebook', active: true }
  const schedule = { scheduleIntervalMinutes: 60, retryIntervalMinutes: 15 }
  const jobStore = memoryJobStore({
    jobs: [{ ...account, ...schedule, connector: 'notebook', integrationId: 1 }],
    integrations: [{ ...account, config: {} }],
  })
  const ledger = memoryLedger({ jobStore, clock: systemClock })
  const loader = memoryLoader()
  const ports = { connectors: [connector], jobStore, ledger, loader, clock: systemClock }
  const extracting = createRuntime({ ...ports, roles: ['extract'] })
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
  const transforming = createRuntime({ ...ports, roles: ['transform'] })
  await transforming.start()
  const { summary } = await firstValueFrom(
    transforming.events({ tenantId: 1, runId }).pipe(filter((event) => event.type === 'run-finished')),
  )
  await transforming.stop()
  expect(summary).toMatchObject({ state: 'finished', failures: [] })
  expect(together).toEqual([1, 1, 1])
  expect(loader.rows(notes)).toHaveLength(IDS.length)
})
