import { z } from 'zod'
import { defineRoutes } from './route.ts'
import { id, jsonObject, line, moment } from './scalars.ts'

const values = z.array(line(200).min(1)).min(1).max(50)

export const searchFilters = z.strictObject({
  source_type: values.optional(),
  entity: values.optional(),
  project: values.optional(),
  repository: values.optional(),
  key: values.optional(),
  status: values.optional(),
  integration_id: z.array(id).min(1).max(50).optional(),
  created_from: moment.optional(),
  created_before: moment.optional(),
  updated_from: moment.optional(),
  updated_before: moment.optional(),
})

const mode = z.enum(['dense', 'sparse', 'hybrid'])

export const searchRoutes = defineRoutes({
  search: {
    method: 'POST',
    path: '/app/etl/search',
    summary: 'Find the rows that a text is about, best first',
    tag: 'search',
    role: 'user',
    body: z.strictObject({
      query: line(2_000).min(1),
      filters: searchFilters.default({}),
      mode: mode.default('hybrid'),
      limit: z.int().min(1).max(100).default(10),
    }),
    response: z.object({
      hits: z.array(
        z.object({
          row_id: z.string(),
          entity: z.string(),
          score: z.number(),
          text: z.string(),
          payload: jsonObject,
        }),
      ),
      /** The model whose vectors served; null for a tenant without any. */
      profile: z.string().nullable(),
      mode,
      /** False when the model finds shared words only. */
      semantic: z.boolean(),
    }),
  },
})
