import { defineEntity } from '@millrace/core'
import { z } from 'zod'
import { people } from './people.ts'
import { repositories } from './repositories.ts'

const text = z.string().nullable()

/** What was deployed where, and how it went. */
export const deployments = defineEntity({
  name: 'deployments',
  key: 'id',
  version: 'updated',
  references: { repository_id: repositories, creator_id: people },
  indexes: ['created', 'commit_oid'],
  columns: z.object({
    id: z.string(),
    repository_id: z.string(),
    /** The latest one; deployments can be moved to another. */
    environment: text,
    original_environment: text,
    /** ACTIVE, INACTIVE, SUCCESS, FAILURE, ERROR, PENDING, QUEUED, IN_PROGRESS, WAITING, ABANDONED or DESTROYED. */
    state: text,
    task: text,
    description: text,
    /** Also when the commit itself is gone. */
    commit_oid: text,
    ref: text,
    creator_id: text,
    creator_login: text,
    created: z.date(),
    updated: z.date(),
  }),
})
