import { z } from 'zod'
import { lenient, person, text } from './lenient.ts'

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-versions/#api-rest-api-3-project-projectidorkey-versions-get */
export const versionList = z.array(
  z.looseObject({
    id: z.string(),
    name: text,
    description: text,
    released: lenient(z.boolean()),
    archived: lenient(z.boolean()),
    startDate: text,
    releaseDate: text,
  }),
)

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-components/#api-rest-api-3-project-projectidorkey-components-get */
export const componentList = z.array(
  z.looseObject({ id: z.string(), name: text, description: text, lead: lenient(person) }),
)
