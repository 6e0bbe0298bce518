import { z } from 'zod'
import { lenient, text } from './lenient.ts'
import { scope } from './project-api.ts'

const schema = z.looseObject({ type: text, items: text, custom: text })

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-fields/#api-rest-api-3-field-get */
export const fieldList = z.array(
  z.looseObject({
    id: z.string(),
    name: z.string(),
    custom: lenient(z.boolean()),
    schema: lenient(schema),
    scope: lenient(scope),
  }),
)

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-createmeta-projectidorkey-issuetypes-get */
export const createTypesPage = z
  .looseObject({
    total: z.int(),
    issueTypes: lenient(z.array(z.looseObject({ id: z.string() }))),
    /** What Data Center calls the list. */
    values: lenient(z.array(z.looseObject({ id: z.string() }))),
  })
  .transform(({ total, issueTypes, values }) => ({ total, types: issueTypes ?? values ?? [] }))

const createField = z.looseObject({
  fieldId: z.string(),
  name: z.string(),
  required: lenient(z.boolean()),
  schema: lenient(schema),
  operations: lenient(z.array(z.string())),
})

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-createmeta-projectidorkey-issuetypes-issuetypeid-get */
export const createFieldsPage = z
  .looseObject({ total: z.int(), fields: lenient(z.array(createField)), values: lenient(z.array(createField)) })
  .transform(({ total, fields, values }) => ({ total, fields: fields ?? values ?? [] }))

export type FieldList = z.output<typeof fieldList>
export type CreateTypesPage = z.output<typeof createTypesPage>
export type CreateFieldsPage = z.output<typeof createFieldsPage>
