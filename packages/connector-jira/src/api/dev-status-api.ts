import { z } from 'zod'
import { lenient, optionalTime, text } from './lenient.ts'

/** What went wrong between Jira and the code host; the answer is 200 all the same, and holds nothing of it. */
const errors = lenient(z.array(z.unknown()))
  .default([])
  .transform((found) => found ?? [])

/**
 * What the development panel itself asks for; Atlassian does not document it. The keys of `byInstanceType` are the
 * application types that details are asked by: `GitHub`, `oAuth-com.github.integration.production`, `GitLab`, …
 */
export const devStatusSummary = z.looseObject({
  errors,
  summary: z
    .record(
      z.string(),
      z.looseObject({
        byInstanceType: z.record(z.string(), z.looseObject({ count: lenient(z.int()) })).default({}),
      }),
    )
    .default({}),
})

const pullRequest = z.looseObject({
  id: text,
  name: text,
  url: z.string(),
  status: text,
  lastUpdate: optionalTime,
  commentCount: lenient(z.int()),
  author: lenient(z.looseObject({ name: text })),
  reviewers: lenient(z.array(z.looseObject({ name: text, approved: lenient(z.boolean()) }))),
  source: lenient(z.looseObject({ branch: text })),
  destination: lenient(z.looseObject({ branch: text })),
  repositoryName: text,
  repositoryUrl: text,
})

const repository = z.looseObject({ name: text, url: text })

const branch = z.looseObject({ name: text, url: z.string(), repository: lenient(repository) })

const commit = z.looseObject({
  id: text,
  url: z.string(),
  message: text,
  author: lenient(z.looseObject({ name: text })),
  authorTimestamp: optionalTime,
  merge: lenient(z.boolean()),
  fileCount: lenient(z.int()),
})

/** What is needed of an answer before its details are read, which happens issue by issue, so that a bad one fails alone. */
export const devStatusEnvelope = z.looseObject({
  errors,
  detail: lenient(z.array(z.unknown())).transform((all) => all ?? []),
})

export const devStatusDetail = z.looseObject({
  detail: z.array(
    z.looseObject({
      _instance: lenient(z.looseObject({ name: text, type: text })),
      pullRequests: lenient(z.array(pullRequest)),
      branches: lenient(z.array(branch)),
      repositories: lenient(z.array(repository.extend({ commits: lenient(z.array(commit)) }))),
    }),
  ),
})

export type DevStatusEnvelope = z.output<typeof devStatusEnvelope>
export type DevStatusSummary = z.output<typeof devStatusSummary>
export type DevStatusDetail = z.output<typeof devStatusDetail>
