import { z } from 'zod'
import { connection, flag, lenient, optionalTime, requiredTime, text } from './fields.ts'

/** https://docs.github.com/en/graphql/reference/objects#repository */
export const repository = z.looseObject({
  id: z.string(),
  name: z.string(),
  nameWithOwner: z.string(),
  owner: z.looseObject({ login: z.string() }),
  description: text,
  url: text,
  isArchived: flag,
  isFork: flag,
  isPrivate: flag,
  createdAt: optionalTime,
  updatedAt: optionalTime,
  pushedAt: optionalTime,
  defaultBranchRef: lenient(z.looseObject({ name: text })),
  primaryLanguage: lenient(z.looseObject({ name: text })),
  repositoryTopics: connection(z.looseObject({ topic: z.looseObject({ name: z.string() }) })).optional(),
  latest: z.looseObject({ nodes: z.array(z.looseObject({ updatedAt: requiredTime }).nullable()) }),
  open: z.looseObject({ totalCount: z.int() }),
})

export type Repository = z.output<typeof repository>
