import { z } from 'zod'
import { id, lenient, text } from './lenient.ts'

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-remote-links/#api-rest-api-3-issue-issueidorkey-remotelink-get */
export const remoteLinkList = z.array(
  z.looseObject({
    id,
    globalId: text,
    relationship: text,
    application: lenient(z.looseObject({ name: text })),
    object: lenient(
      z.looseObject({
        url: text,
        title: text,
        summary: text,
        status: lenient(z.looseObject({ resolved: lenient(z.boolean()) })),
      }),
    ),
  }),
)
