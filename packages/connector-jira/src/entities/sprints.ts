import { defineEntity } from '@millrace/core'
import { z } from 'zod'
import { workItems } from './work-items.ts'

/** Sprints, as boards and the work items planned for them describe them. */
export const sprints = defineEntity({
  name: 'sprints',
  key: 'id',
  indexes: ['state'],
  columns: z.object({
    id: z.string(),
    name: z.string().nullable(),
    /** future, active or closed. */
    state: z.string().nullable(),
    /** Jira's id of the board that the sprint began on. */
    board_id: z.string().nullable(),
    goal: z.string().nullable(),
    start_date: z.date().nullable(),
    end_date: z.date().nullable(),
    complete_date: z.date().nullable(),
  }),
})

/** Which sprints a work item is or was planned for. */
export const workItemsSprints = defineEntity({
  name: 'work_items_sprints',
  key: ['work_item_id', 'sprint_id'],
  parent: 'work_item_id',
  references: { work_item_id: workItems, sprint_id: sprints },
  columns: z.object({ work_item_id: z.string(), sprint_id: z.string() }),
})
