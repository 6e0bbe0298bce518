import { defineConnector, defineEntity } from '@millrace/core'
import { z } from 'zod'

export interface Passage {
  readonly id: string
  readonly text: string
  readonly status: string
}

export const passages = defineEntity({
  name: 'passages',
  key: 'id',
  columns: z.object({ id: z.string(), text: z.string(), status: z.string() }),
  // A sentence is a chunk.
  embed: { text: ({ text }) => text, chunk: { maxLength: 30, overlap: 0 }, payload: ({ status }) => ({ status }) },
})

/** A connector that reads whatever is on the shelf at the time, and knows what is gone from it. */
export function library(shelf: { passages: readonly Passage[]; gone: readonly string[] }) {
  return defineConnector({
    name: 'library',
    entities: [passages],
    config: z.object({}),
    steps: (step) => [
      step({
        name: 'library_passages',
        body: z.object({ passages: z.array(passages.columns), gone: z.array(z.string()) }),
        async *extract() {
          yield { body: JSON.stringify(shelf), next: null }
        },
        *transform({ body }) {
          for (const passage of body.passages) yield passages.upsert(passage)
          for (const id of body.gone) yield passages.delete(id)
        },
      }),
    ],
  })
}
