import { ok, okJson, refusal } from '../answer.ts'
import { createMetaQuery, fieldSearchQuery, noQuery } from '../contract/requests.ts'
import type { FieldSpec } from '../wire/field-spec.ts'
import { findProject } from './projects.ts'
import { offsetPage, type Route, route } from './route.ts'

const MOST_FIELDS_PER_PAGE = 50

const fieldJson = (field: FieldSpec): object => ({
  id: field.id,
  key: field.id,
  name: field.name,
  untranslatedName: field.name,
  custom: field.custom,
  orderable: field.navigable,
  navigable: field.navigable,
  searchable: true,
  clauseNames: field.clauseNames,
  ...(field.scopeProjectId !== undefined && { scope: { type: 'PROJECT', project: { id: field.scopeProjectId } } }),
  schema: field.schema,
})

const createFieldJson = (field: FieldSpec): object => ({
  required: field.id === 'summary' || field.id === 'issuetype' || field.id === 'project',
  schema: field.schema,
  name: field.name,
  key: field.id,
  hasDefaultValue: false,
  operations: ['set'],
  fieldId: field.id,
})

/** Fields that can be set when an issue is created. */
const CREATABLE = [
  'summary',
  'issuetype',
  'project',
  'parent',
  'description',
  'priority',
  'labels',
  'assignee',
  'reporter',
  'duedate',
  'components',
  'fixVersions',
]

export const fieldRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/rest/api/3/field',
    query: noQuery,
    anonymous: ok('[]'),
    handle: ({ site }) => okJson(site.projections.all.map(fieldJson)),
  }),
  route({
    method: 'GET',
    path: '/rest/api/3/field/search',
    query: fieldSearchQuery,
    anonymous: refusal(403, 'Only Jira administrators can access fields.'),
    handle: (call) => {
      const { type, id, query, startAt, maxResults } = call.query
      const found = call.site.projections.all.filter(
        (field) =>
          (type === undefined || type.includes(field.custom ? 'custom' : 'system')) &&
          (id === undefined || id.includes(field.id)) &&
          field.name.toLowerCase().includes(query?.toLowerCase() ?? ''),
      )
      const page = offsetPage(found, { startAt, maxResults: Math.min(maxResults, MOST_FIELDS_PER_PAGE) }, call)
      return okJson({
        ...page,
        values: page.values.map(({ id: key, name, schema }) => ({ id: key, key, name, schema, description: '' })),
      })
    },
  }),
  route({
    method: 'GET',
    path: '/rest/api/3/issue/createmeta/:project/issuetypes',
    query: createMetaQuery,
    anonymous: okJson({ maxResults: 50, startAt: 0, total: 0, issueTypes: [] }),
    handle: ({ site, params: { project: idOrKey = '' }, query: { startAt, maxResults } }) => {
      const project = findProject(site.world, idOrKey)
      if (project === undefined) return refusal(404, `No project could be found with key '${idOrKey}'.`)
      const types = project.types.slice(startAt, startAt + Math.min(maxResults, 200))
      return okJson({
        maxResults,
        startAt,
        total: project.types.length,
        issueTypes: types.map(({ json }) => JSON.parse(json)),
      })
    },
  }),
  route({
    method: 'GET',
    path: '/rest/api/3/issue/createmeta/:project/issuetypes/:type',
    query: createMetaQuery,
    anonymous: okJson({ maxResults: 50, startAt: 0, total: 0, fields: [] }),
    handle: ({ site, params: { project: idOrKey = '', type = '' }, query: { startAt, maxResults } }) => {
      const project = findProject(site.world, idOrKey)
      if (project === undefined || !project.types.some(({ id }) => id === type)) {
        return refusal(404, `No issue type ${type} could be found in project '${idOrKey}'.`)
      }
      const found = site.projections.all.filter(
        ({ id, custom, scopeProjectId }) =>
          CREATABLE.includes(id) || (custom && (scopeProjectId ?? project.id) === project.id),
      )
      const page = found.slice(startAt, startAt + Math.min(maxResults, 200))
      return okJson({ maxResults, startAt, total: found.length, fields: page.map(createFieldJson) })
    },
  }),
]
