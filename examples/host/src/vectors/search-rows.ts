import { type SearchRequest, type SearchResult, search } from '@millrace/core'
import type { Database } from '@millrace/sink-postgres'
import { namedFilters, namesInPayloads } from './named-filters.ts'
import type { Vectors } from './open-vectors.ts'

/**
 * Finds the rows of a tenant that a query is about. Repositories and statuses are filtered by their names, and hits say
 * what they are called now, as `repository_name` and `status_name`.
 */
export async function searchRows(
  db: Database,
  { store, providersOf }: Pick<Vectors, 'store' | 'providersOf'>,
  request: SearchRequest,
): Promise<SearchResult> {
  const { tenantId, filters = {} } = request
  const tools = { store, providers: await providersOf(tenantId) }
  const result = await search(tools, { ...request, filters: await namedFilters(db, tenantId, filters) })
  const names = await namesInPayloads(
    db,
    tenantId,
    result.hits.map(({ payload }) => payload),
  )
  const hits = result.hits.map((hit) => {
    const repository = names.repository.get(String(hit.payload.repository))
    const status = names.status.get(String(hit.payload.status))
    const named = { ...(repository && { repository_name: repository }), ...(status && { status_name: status }) }
    return { ...hit, payload: { ...hit.payload, ...named } }
  })
  return { ...result, hits }
}
