import { defineEntity } from '@millrace/core'
import { z } from 'zod'
import { statuses } from './statuses.ts'
import { workItems } from './work-items.ts'

/** Status transitions, and how long the issue had been in the status that it left. */
export const changelogs = defineEntity({
  name: 'changelogs',
  key: ['work_item_id', 'history_id', 'item_index'],
  parent: 'work_item_id',
  references: { work_item_id: workItems, from_status_id: statuses, to_status_id: statuses },
  indexes: ['transition_change_date'],
  columns: z.object({
    work_item_id: z.string(),
    history_id: z.string(),
    item_index: z.int(),
    from_status_id: z.string().nullable(),
    to_status_id: z.string().nullable(),
    /** When the issue had entered the status that it leaves here: the transition before, or its creation. */
    transition_start_date: z.date().nullable(),
    transition_change_date: z.date(),
    time_in_status_seconds: z.number().nullable(),
    changed_by_account_id: z.string().nullable(),
    changed_by_name: z.string().nullable(),
  }),
})

/** Every item of every history entry, of any field. */
export const changelogItems = defineEntity({
  name: 'changelog_items',
  key: ['work_item_id', 'history_id', 'item_index'],
  parent: 'work_item_id',
  references: { work_item_id: workItems },
  indexes: ['field'],
  columns: z.object({
    work_item_id: z.string(),
    history_id: z.string(),
    item_index: z.int(),
    field: z.string(),
    field_type: z.string().nullable(),
    field_id: z.string().nullable(),
    from_value: z.string().nullable(),
    from_string: z.string().nullable(),
    to_value: z.string().nullable(),
    to_string: z.string().nullable(),
    changed_at: z.date(),
    changed_by_account_id: z.string().nullable(),
    changed_by_name: z.string().nullable(),
  }),
})
