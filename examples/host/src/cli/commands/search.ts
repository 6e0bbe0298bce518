import type { Json, SearchHit } from '@millrace/core'
import { z } from 'zod'
import { searchRows } from '../../vectors/search-rows.ts'
import { defineCommand } from '../command.ts'
import { limit, names, time } from '../input.ts'

export const searchCommand = defineCommand({
  name: 'search',
  summary: 'find rows by what they mean and by their words',
  arguments: ['<query>'],
  options: [
    ['--source <names>', 'only of these kinds of source, such as JIRA,GITHUB'],
    ['--entity <names>', 'only of these entities, such as work_items,prs'],
    ['--project <keys>', 'only of these projects'],
    ['--repository <names>', 'only of these repositories, such as shop/web or web'],
    ['--status <names>', 'only what has one of these statuses'],
    ['--updated-since <time>', 'only what changed since then'],
    ['--mode <mode>', 'dense (meaning), sparse (words) or hybrid (default)'],
    ['--limit <count>', 'rows at most (default: 10)'],
  ],
  input: z.object({
    query: z.string().trim().min(1, 'must not be empty'),
    source: names.optional(),
    entity: names.optional(),
    project: names.optional(),
    repository: names.optional(),
    status: names.optional(),
    updatedSince: time.optional(),
    mode: z.enum(['dense', 'sparse', 'hybrid'], 'must be dense, sparse or hybrid').optional(),
    limit: limit.default(10),
  }),
  async run({ db, tenantId, vectors }, input) {
    const filters = {
      ...(input.source && { source_type: { anyOf: input.source.map((name) => name.toUpperCase()) } }),
      ...(input.entity && { entity: { anyOf: input.entity } }),
      ...(input.project && { project: { anyOf: input.project } }),
      ...(input.repository && { repository: { anyOf: input.repository } }),
      ...(input.status && { status: { anyOf: input.status } }),
      ...(input.updatedSince && { updated: { from: input.updatedSince } }),
    }
    const { query, mode, limit: most } = input
    const request = { tenantId: await tenantId(), query, filters, limit: most, ...(mode && { mode }) }
    const found = await searchRows(db, await vectors(), request)
    const lines =
      found.profile === undefined
        ? ['Nothing is embedded yet: run a job first.']
        : found.semantic
          ? []
          : ['The vectors were made by hashing words: this finds shared words, and no meaning.']
    return { json: found, lines, table: found.hits.map(rowOf) }
  },
})

function rowOf({ score, entity, payload, text }: SearchHit) {
  const shown = (value: Json | undefined): string => (typeof value === 'string' ? value : '')
  const source = shown(payload.source_type)
  return {
    score: score.toFixed(4),
    source,
    entity,
    place: shown(payload.project) || shown(payload.repository_name),
    status: shown(payload.status_name) || shown(payload.state),
    updated: shown(payload.updated).slice(0, 10),
    text,
  }
}
