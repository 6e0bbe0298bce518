import type { Change } from '@millrace/core'
import type { JiraIssueLink } from './api/issue-api.ts'
import { issueLinks } from './entities/issue-links.ts'

/** The links of an issue to others: exactly these. */
export function mapIssueLinks(issueId: string, links: readonly JiraIssueLink[]): Change {
  const rows = links.map(({ id, type, outwardIssue, inwardIssue }) => {
    const direction = outwardIssue === null ? ('inward' as const) : ('outward' as const)
    const other = outwardIssue ?? inwardIssue
    return {
      work_item_id: issueId,
      link_id: id,
      linked_work_item_id: other?.id ?? null,
      linked_key: other?.key ?? null,
      type_id: type?.id ?? null,
      type_name: type?.name ?? null,
      direction,
      phrase: type?.[direction] ?? null,
    }
  })
  return issueLinks.replace(issueId, rows)
}
