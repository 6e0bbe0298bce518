import type { Change } from '@millrace/core'
import { unreadWorkItems } from './entities/unread-work-items.ts'

/** Something of this issue could not be read. */
export function mapUnread(issueId: string): Change {
  return unreadWorkItems.replace(issueId, [{ work_item_id: issueId, issue_id: issueId }])
}

/** All of this issue was read again. */
export function mapRead(issueId: string): Change {
  return unreadWorkItems.replace(issueId, [])
}
