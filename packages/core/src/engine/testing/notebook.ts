import { z } from 'zod'
import { defineConnector } from '../../contracts/connector.ts'
import { defineEntity } from '../../contracts/entity.ts'
import { memoryLedger } from '../../memory/memory-ledger.ts'
import { memoryLoader } from '../../memory/memory-loader.ts'
import { systemClock } from '../../system/system-clock.ts'
import { jobsOf } from '../../testing/jobs-of.ts'

export const notes = defineEntity({
  name: 'notes',
  key: 'id',
  columns: z.object({ id: z.string() }),
  embed: ({ id }) => `note ${id}`,
})

interface NotesOptions {
  /** Called when all units are told. */
  readonly onPlanned?: () => void
  /** Pages of each unit; those after the first have their number in the note's id. @default 1 */
  readonly pages?: number
  /** What comes before a page is read. @default nothing */
  readonly beforePage?: (note: string, page: number) => Promise<void>
}

/** For tests: a connector whose units are the notes that its configuration names. */
export function unitsOfNotes({ onPlanned, pages = 1, beforePage }: NotesOptions = {}) {
  return defineConnector({
    name: 'notebook',
    entities: [notes],
    config: z.object({ notes: z.array(z.string()).default([]) }),
    steps: (step) => [
      step({
        name: 'notebook_notes',
        unit: z.object({ note: z.string() }),
        cursor: z.int(),
        body: z.object({ id: z.string() }),
        *units({ config }) {
          for (const note of config.notes) yield { note }
          onPlanned?.()
        },
        async *extract({ unit: { note }, from = 1 }) {
          for (let page = from; page <= pages; page += 1) {
            await beforePage?.(note, page)
            const id = page === 1 ? note : `${note} ${page}`
            yield { body: JSON.stringify({ id }), next: page < pages ? page + 1 : null }
          }
        },
        *transform({ body }) {
          yield notes.upsert(body)
        },
      }),
    ],
  })
}

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
  const jobStore = jobsOf('notebook')
  const clock = systemClock
  const ledger = memoryLedger({ jobStore, clock })
  return { connectors: [connector], jobStore, ledger, loader: memoryLoader(), clock }
}
