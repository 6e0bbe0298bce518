import { defineEntity } from '@millrace/core'
import { z } from 'zod'
import { people } from './people.ts'
import { repositories } from './repositories.ts'

const text = z.string().nullable()

/** The releases that a repository has now. Drafts are seen only by those who may push. */
export const releases = defineEntity({
  name: 'releases',
  key: ['repository_id', 'release_id'],
  parent: 'repository_id',
  references: { repository_id: repositories, author_id: people },
  indexes: ['published'],
  columns: z.object({
    repository_id: z.string(),
    release_id: z.string(),
    tag: text,
    name: text,
    description: text,
    url: text,
    is_draft: z.boolean(),
    is_prerelease: z.boolean(),
    is_latest: z.boolean(),
    author_id: text,
    author_login: text,
    commit_oid: text,
    created: z.date().nullable(),
    published: z.date().nullable(),
    updated: z.date().nullable(),
  }),
  embed: {
    title: (row) => row.name ?? row.tag,
    text: (row) => row.description,
    payload: (row) => ({
      repository: row.repository_id,
      tag: row.tag,
      url: row.url,
      author: row.author_login,
      ...(row.created && { created: row.created }),
    }),
  },
})
