import { defineConnector, defineEntity } from '@millrace/core'
import { z } from 'zod'

export const PAGES = 4
export const NOTES_PER_PAGE = 10
/** The note that ends whatever process transforms it. */
export const DEADLY = 'note 1-4'

const notes = defineEntity({ name: 'deadly_notes', key: 'id', columns: z.object({ id: z.string() }) })

/** A connector without a provider, one of whose notes no process survives. */
export const notebook = defineConnector({
  name: 'notebook',
  entities: [notes],
  config: z.object({}),
  steps: (step) => [
    step({
      name: 'notebook_notes',
      unit: z.object({ page: z.int() }),
      items: 'notes',
      body: z.object({ notes: z.array(z.object({ id: z.string() })) }),
      async *units() {
        for (let page = 0; page < PAGES; page += 1) yield { page }
      },
      async *extract({ unit: { page } }) {
        const ids = Array.from({ length: NOTES_PER_PAGE }, (_, index) => `note ${page}-${index}`)
        yield { body: JSON.stringify({ notes: ids.map((id) => ({ id })) }), next: null }
      },
      *transform({ body }) {
        for (const note of body.notes) {
          // As running out of memory does: nothing of ours may run any more.
          if (note.id === DEADLY) process.kill(process.pid, 'SIGKILL')
          yield notes.upsert(note)
        }
      },
    }),
  ],
})
