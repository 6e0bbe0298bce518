import { ok, okJson, refusal } from '../answer.ts'
import { noQuery, statusSearchQuery } from '../contract/requests.ts'
import { list } from '../wire/json-text.ts'
import { LINK_TYPES } from '../world/catalogue.ts'
import {
  type CategoryKey,
  existingStatuses,
  GLOBAL_STATUSES,
  presentStatus,
  type Status,
  statusJson,
} from '../world/statuses.ts'
import type { World } from '../world/world.ts'
import { offsetPage, type Route, route } from './route.ts'

/** How the newer status endpoints name the categories. */
const CATEGORY_NAMES: Record<CategoryKey, 'TODO' | 'IN_PROGRESS' | 'DONE'> = {
  new: 'TODO',
  indeterminate: 'IN_PROGRESS',
  done: 'DONE',
}

/** Every status of the site once: the global ones, then those of team-managed projects. */
const allStatuses = (world: World): readonly Status[] => {
  const scoped = world.projects.flatMap(({ state, style, workflow }) =>
    state === 'live' && style === 'next-gen' ? workflow : [],
  )
  const all = [...new Map([...GLOBAL_STATUSES, ...scoped].map((status) => [status.id, status])).values()]
  return existingStatuses(all, world.definitions).map((status) => presentStatus(status, world.definitions))
}

export const statusRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/rest/api/3/status',
    query: noQuery,
    anonymous: ok('[]'),
    handle: ({ site }) => ok(list(allStatuses(site.world).map((status) => statusJson(status, site.world)))),
  }),
  route({
    method: 'GET',
    path: '/rest/api/3/statuses/search',
    query: statusSearchQuery,
    anonymous: refusal(401, 'You are not authorized to perform this action. Administrator privileges are required.'),
    handle: (call) => {
      const { projectId, searchString, statusCategory, startAt, maxResults } = call.query
      const used =
        projectId === undefined ? undefined : call.site.world.projects.find(({ id }) => id === projectId)?.workflow
      if (projectId !== undefined && used === undefined) return refusal(400, 'The project does not exist.')
      const found = allStatuses(call.site.world).filter(
        (status) =>
          (used === undefined || used.some(({ id }) => id === status.id)) &&
          status.name.toLowerCase().includes(searchString?.toLowerCase() ?? '') &&
          (statusCategory === undefined || CATEGORY_NAMES[status.category] === statusCategory),
      )
      const page = offsetPage(found, { startAt, maxResults: Math.min(maxResults, 200) }, call)
      const values = page.values.map(({ id, name, description, category, projectId: scope }) => ({
        id,
        name,
        statusCategory: CATEGORY_NAMES[category],
        scope: scope === undefined ? { type: 'GLOBAL' } : { type: 'PROJECT', project: { id: scope } },
        description,
      }))
      return okJson({ ...page, values })
    },
  }),
  route({
    method: 'GET',
    path: '/rest/api/3/issueLinkType',
    query: noQuery,
    anonymous: okJson({ issueLinkTypes: [] }),
    handle: ({ site }) =>
      okJson({
        issueLinkTypes: LINK_TYPES.map((type) => ({
          ...type,
          self: `${site.world.siteUrl}/rest/api/3/issueLinkType/${type.id}`,
        })),
      }),
  }),
]
