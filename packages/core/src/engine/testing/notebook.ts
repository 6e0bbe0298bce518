import { z } from 'zod'
import { defineConnector } from '../../contracts/connector.ts'
import { defineEntity } from '../../contracts/entity.ts'
import { memoryJobStore } from '../../memory/memory-job-store.ts'
import { memoryLedger } from '../../memory/memory-ledger.ts'
import { memoryLoader } from '../../memory/memory-loader.ts'
import { systemClock } from '../../system/system-clock.ts'

export const notes = defineEntity({ name: 'notes', key: 'id', columns: z.object({ id: z.string() }) })

/**
 * For tests: what a runtime needs for a job, of tenant 1 and under number 1, whose only unit has these pages of notes.
 *
 * @param onTransform told how many notes each call of the transformer is given
 */
export function notebookOf(
  pages: readonly (readonly unknown[])[],
  onTransform: (count: number) => void = () => undefined,
) {
  const connector = defineConnector({
    name: 'notebook',
    entities: [notes],
    config: z.object({}),
    steps: (step) => [
      step({
        name: 'notebook_notes',
        cursor: z.int(),
        items: 'notes',
        body: z.object({ notes: z.array(z.object({ id: z.string() })) }),
        async *extract({ from = 0 }) {
          for (let page = from; page < pages.length; page += 1) {
            const next = page + 1 < pages.length ? page + 1 : null
            yield { body: JSON.stringify({ notes: pages[page] }), next }
          }
        },
        *transform({ body }) {
          onTransform(body.notes.length)
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
  const clock = systemClock
  const ledger = memoryLedger({ jobStore, clock })
  return { connectors: [connector], jobStore, ledger, loader: memoryLoader(), clock }
}
