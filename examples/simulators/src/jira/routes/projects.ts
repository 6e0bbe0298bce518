import { type Answer, ok, okJson, refusal } from '../answer.ts'
import { noQuery, projectQuery, projectSearchQuery, projectTypesQuery } from '../contract/requests.ts'
import { list, quote } from '../wire/json-text.ts'
import type { Named } from '../world/catalogue.ts'
import { existingParts } from '../world/parts.ts'
import { hasKey, type Project } from '../world/projects.ts'
import { existingStatuses, statusJson } from '../world/statuses.ts'
import type { World } from '../world/world.ts'
import { offsetPage, type Route, route } from './route.ts'

const MOST_PROJECTS_PER_PAGE = 100
const DAY_MS = 86_400_000

const MISSING = (idOrKey: string): Answer => refusal(404, `No project could be found with key '${idOrKey}'.`)

export const projectJson = (world: World, project: Project, expand: readonly string[]): object => {
  const closed = new Date(world.plan.createdAt(0, []) + 100 * DAY_MS).toISOString().replace('Z', '+0000')
  return {
    expand: 'description,lead,issueTypes,url,projectKeys,permissions,insight',
    ...(JSON.parse(project.embeddedJson) as object),
    style: project.style,
    isPrivate: false,
    properties: {},
    ...(project.uuid !== undefined && { entityId: project.uuid, uuid: project.uuid }),
    ...(project.state === 'archived' && { archived: true, archivedDate: closed }),
    ...(project.state === 'deleted' && { deleted: true, deletedDate: closed, retentionTillDate: closed }),
    ...(expand.includes('description') && { description: `All about ${project.name}.` }),
    ...(expand.includes('lead') && { lead: JSON.parse(project.lead.json) }),
    ...(expand.includes('issueTypes') && { issueTypes: project.types.map(({ json }) => JSON.parse(json)) }),
    ...(expand.includes('projectKeys') && { projectKeys: [project.key, ...project.formerKeys] }),
    ...(expand.includes('url') && { url: `https://wiki.example.com/${project.key}` }),
    ...(expand.includes('insight') && { insight: {} }),
  }
}

const namedOf = (json: string): string => (JSON.parse(json) as Named).name

export const findProject = (world: World, idOrKey: string): Project | undefined =>
  world.projects.find(
    (project) =>
      project.state === 'live' &&
      project.isVisible &&
      (project.id === idOrKey || hasKey(project, idOrKey.toUpperCase())),
  )

export const projectRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/rest/api/3/project/search',
    query: projectSearchQuery,
    anonymous: okJson({ maxResults: 50, startAt: 0, total: 0, isLast: true, values: [] }),
    handle: (call) => {
      const { world } = call.site
      const { id, keys, query, typeKey, status, orderBy, expand, startAt, maxResults } = call.query
      const wanted = query?.toLowerCase() ?? ''
      const found = world.projects.filter(
        (project) =>
          project.isVisible &&
          status.includes(project.state) &&
          (id === undefined || id.includes(project.id)) &&
          (keys === undefined || keys.includes(project.key)) &&
          (typeKey === undefined || typeKey.split(',').includes('software')) &&
          (project.name.toLowerCase().includes(wanted) || project.key.toLowerCase().includes(wanted)),
      )
      const descending = orderBy.startsWith('-')
      const field = orderBy.replace(/^[+-]/, '') === 'name' ? 'name' : 'key'
      const sorted = found.toSorted((a, b) => (a[field] < b[field] ? -1 : 1) * (descending ? -1 : 1))
      const page = offsetPage(sorted, { startAt, maxResults: Math.min(maxResults, MOST_PROJECTS_PER_PAGE) }, call)
      return okJson({ ...page, values: page.values.map((project) => projectJson(world, project, expand)) })
    },
  }),
  route({
    method: 'GET',
    path: '/rest/api/3/project/:project',
    query: projectQuery,
    anonymous: refusal(404, 'No project could be found.'),
    handle: ({ site, params: { project: idOrKey = '' }, query }) => {
      const project = findProject(site.world, idOrKey)
      if (project === undefined) return MISSING(idOrKey)
      return okJson(projectJson(site.world, project, ['description', 'lead', 'issueTypes', ...query.expand]))
    },
  }),
  route({
    method: 'GET',
    path: '/rest/api/3/project/:project/statuses',
    query: noQuery,
    anonymous: refusal(404, 'No project could be found.'),
    handle: ({ site, params: { project: idOrKey = '' } }) => {
      const project = findProject(site.world, idOrKey)
      if (project === undefined) return MISSING(idOrKey)
      const statuses = list(
        existingStatuses(project.workflow, site.world.definitions).map((status) => statusJson(status, site.world)),
      )
      const types = project.types.map(
        ({ id, embeddedJson, role }) =>
          `{"self":${site.view.self(`issuetype/${id}`)},"id":"${id}","name":${quote(namedOf(embeddedJson))},"subtask":${role === 'subtask'},"statuses":${statuses}}`,
      )
      return ok(list(types))
    },
  }),
  route({
    method: 'GET',
    path: '/rest/api/3/project/:project/versions',
    query: noQuery,
    anonymous: refusal(404, 'No project could be found.'),
    handle: ({ site: { world, view }, params: { project: idOrKey = '' } }) => {
      const project = findProject(world, idOrKey)
      if (project === undefined) return MISSING(idOrKey)
      const versions = existingParts(project.versions).map(({ id, name, archived, released, releaseDate }) => ({
        self: JSON.parse(view.self(`version/${id}`)) as string,
        id,
        name,
        archived,
        released,
        ...(releaseDate !== undefined && { releaseDate }),
        projectId: Number(project.id),
      }))
      return okJson(versions)
    },
  }),
  route({
    method: 'GET',
    path: '/rest/api/3/project/:project/components',
    query: noQuery,
    anonymous: refusal(404, 'No project could be found.'),
    handle: ({ site: { world, view }, params: { project: idOrKey = '' } }) => {
      const project = findProject(world, idOrKey)
      if (project === undefined) return MISSING(idOrKey)
      const components = existingParts(project.components).map(({ id, name }) => ({
        self: JSON.parse(view.self(`component/${id}`)) as string,
        id,
        name,
        assigneeType: 'PROJECT_DEFAULT',
        lead: JSON.parse(project.lead.json) as object,
        project: project.key,
        projectId: Number(project.id),
      }))
      return okJson(components)
    },
  }),
  route({
    method: 'GET',
    path: '/rest/api/3/issuetype',
    query: noQuery,
    anonymous: ok('[]'),
    handle: ({ site }) => {
      const types = site.world.projects.flatMap((project) => (project.state === 'live' ? project.types : []))
      return ok(list([...new Map(types.map(({ id, json }) => [id, json])).values()]))
    },
  }),
  route({
    method: 'GET',
    path: '/rest/api/3/issuetype/project',
    query: projectTypesQuery,
    anonymous: refusal(404, 'No project could be found.'),
    handle: ({ site, query: { projectId, level } }) => {
      const project = findProject(site.world, projectId)
      if (project === undefined) return MISSING(projectId)
      const types = project.types.filter(({ hierarchyLevel }) => level === undefined || hierarchyLevel === level)
      return ok(list(types.map(({ json }) => json)))
    },
  }),
]
