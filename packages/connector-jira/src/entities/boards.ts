import { defineEntity } from '@millrace/core'
import { z } from 'zod'
import { projects } from './projects.ts'
import { sprints } from './sprints.ts'

/** Boards that the account may see. */
export const boards = defineEntity({
  name: 'boards',
  key: 'id',
  references: { project_id: projects },
  columns: z.object({
    id: z.string(),
    name: z.string().nullable(),
    /** scrum, kanban or simple. */
    type: z.string().nullable(),
    /** The project that the board belongs to; null for a board of a person. */
    project_id: z.string().nullable(),
  }),
})

/** Which sprints a board shows, those of other boards included. */
export const boardsSprints = defineEntity({
  name: 'boards_sprints',
  key: ['board_id', 'sprint_id'],
  parent: 'board_id',
  references: { board_id: boards, sprint_id: sprints },
  columns: z.object({ board_id: z.string(), sprint_id: z.string() }),
})
