import type { Change } from '@millrace/core'
import { adfToText } from './adf-to-text.ts'
import { comment, remark, worklog } from './api/discussion-api.ts'
import { comments, worklogs } from './entities/discussion.ts'
import type { NamedAccount } from './map-accounts.ts'

/** The comments of an issue: exactly these. */
export function mapComments(issue: { readonly id: string; readonly key: string }, raw: readonly unknown[]): Change {
  const rows = raw.map((value) => {
    const { id, body, author, updateAuthor, jsdPublic, created, updated } = comment.parse(value)
    return {
      work_item_id: issue.id,
      comment_id: id,
      work_item_key: issue.key,
      body: adfToText(body),
      author_account_id: author?.accountId ?? null,
      author_name: author?.displayName ?? null,
      update_author_account_id: updateAuthor?.accountId ?? null,
      is_public: jsdPublic,
      created,
      updated,
    }
  })
  return comments.replace(issue.id, rows)
}

/** The worklogs of an issue: exactly these. */
export function mapWorklogs(issueId: string, raw: readonly unknown[]): Change {
  const rows = raw.map((value) => {
    const entry = worklog.parse(value)
    return {
      work_item_id: issueId,
      worklog_id: entry.id,
      comment: adfToText(entry.comment),
      author_account_id: entry.author?.accountId ?? null,
      author_name: entry.author?.displayName ?? null,
      started: entry.started,
      time_spent_seconds: entry.timeSpentSeconds,
      created: entry.created,
      updated: entry.updated,
    }
  })
  return worklogs.replace(issueId, rows)
}

/** Who wrote and changed these comments or worklogs. */
export function* peopleOf(raw: readonly unknown[]): Iterable<NamedAccount | null> {
  for (const value of raw) {
    const { author, updateAuthor } = remark.parse(value)
    yield author
    yield updateAuthor
  }
}
